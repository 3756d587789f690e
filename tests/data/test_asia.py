"""LastFM Asia: a tiny graph of its format, and every kind of bad row, named with its place."""

import hashlib
import json

import numpy as np
import pandas as pd
import pytest

import build_asia_tables
import download_asia
import explore_asia
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import asia, downloads, tables

REGION = [0, 0, 1, 2, 1]
EDGES = "node_1,node_2\n0,1\n1,2\n2,4\n"
TARGET = "id,target\n" + "".join(f"{user},{region}\n" for user, region in enumerate(REGION))
FEATURES = {"0": [5, 3], "1": [], "2": [7841, 3]}


@pytest.fixture
def raw(tmp_path):
    """Raw files of five users; the lists of users 0 to 2 are known, the second one's is empty."""
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / asia.EDGES).write_text(EDGES)
    (folder / asia.TARGET).write_text(TARGET)
    (folder / asia.FEATURES).write_text(json.dumps(FEATURES))
    return folder


@pytest.fixture(autouse=True)
def no_official_facts(monkeypatch):
    monkeypatch.setattr(asia, "check_facts", lambda users, friendships: None)
    monkeypatch.setattr(downloads, "ATTEMPTS", 1)


def build(raw, *arguments):
    output = raw.parent / "tables"
    features = [f"--features={raw / asia.FEATURES}", "--lists=partial", "--users-with-lists", "0", "2"]
    build_asia_tables.main([f"--raw={raw}", f"--output-folder={output}", *(arguments or features)])
    return {path.stem: pd.read_parquet(path) for path in output.iterdir()}


def test_tables_by_hand(raw):
    built = build(raw)
    assert built["users"].to_dict("list") == {
        "user_id": [0, 1, 2, 3, 4],
        "list_known": [True, True, True, False, False],
    }
    assert built["regions"].to_dict("list") == {"user_id": [0, 1, 2, 3, 4], "region": REGION}
    assert built["friendships"].to_numpy().tolist() == [[0, 1], [1, 2], [2, 4]]
    assert built["likes"].to_numpy().tolist() == [[0, 3], [0, 5], [2, 3], [2, 7841]]
    assert tables.read(raw.parent / "tables/likes.parquet", tables.LIKES).shape == (4, 2)


def test_without_features_nobodys_list_is_known(raw):
    built = build(raw, f"--raw={raw}")
    assert not built["users"].list_known.any()
    assert built["likes"].empty


def test_features_must_be_of_the_stated_users(raw):
    features = f"--features={raw / asia.FEATURES}"
    with pytest.raises(
        InputError, match=r"a list for the users 0 to 4 and for no others, but 2 differ, such as 3; .*"
    ):
        build(raw, features, "--lists=official")
    with pytest.raises(InputError, match="1 differ, such as 2"):
        build(raw, features, "--lists=partial", "--users-with-lists", "0", "1")


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        (asia.EDGES, "node_1,node_2\n0,1\n1,9\n", r"edges.csv, line 3: user 9 has no region"),
        (asia.EDGES, "node_1,node_2\n0,1\n2,2\n", r"edges.csv, line 3: user 2 is their own friend"),
        (asia.EDGES, "node_1,node_2\n0,1\n1,0\n", r"edges.csv, line 3: friendship 0 1 stands in line 2 already"),
        (asia.EDGES, "node_1,node_2\n0\n", r"edges.csv, line 2: 1 columns"),
        (asia.EDGES, "a,b\n0,1\n", r"edges.csv, line 1: the header"),
        (asia.TARGET, TARGET.replace("3,2", "3,18"), r"target.csv, line 5: target is 18, outside 0 to 17"),
        (asia.TARGET, TARGET.replace("3,2", "3,-1"), r"target.csv, line 5: target is -1, outside"),
        (asia.TARGET, TARGET.replace("3,2", "x,2"), r"target.csv, line 5: id is 'x', not a whole number"),
        (asia.TARGET, TARGET + "3,1\n", r"target.csv, line 7: id 3 stands in line 5 already"),
        (asia.FEATURES, '{"0": [5, 3, 5]}', r"features.json, user 0: artist 5 stands twice"),
        (asia.FEATURES, '{"0": [5], "0": [3]}', r"features.json, user 0: stands twice"),
        (asia.FEATURES, '{"0": [5], "1', r"features.json, line 1, column 12: no JSON from here"),
        (asia.FEATURES, '{"0": [5], "u1": [3]}', r"features.json, user 'u1': not a whole number"),
        (asia.FEATURES, '{"9": [5]}', r"features.json, user 9: no region"),
        (asia.FEATURES, '{"0": [5.5]}', r"features.json, user 0: artist 5.5 is no whole number"),
        (asia.FEATURES, '{"0": [true]}', r"features.json, user 0: artist True is no whole number"),
        (asia.FEATURES, '{"0": [7842]}', r"features.json, user 0: artist 7842 is no whole number from 0 to 7841"),
        (asia.FEATURES, '{"0": 5}', r"features.json, user 0: no list"),
        (asia.FEATURES, "[]", r"features.json, line 1: not an object"),
        (asia.FEATURES, "", r"features.json, line 1, column 1: no JSON"),
        (asia.FEATURES, '{"0": ' + "[" * 100_000, r"features.json, .* too many lists in one another"),
        (asia.FEATURES, '{"0": [[[5]]]}', r"features.json, user 0: an artist is no whole number"),
        (asia.FEATURES, '{"0": [' + "1" * 5000 + "]}", r"features.json, .* too long a number"),
        (asia.FEATURES, '{"' + "1" * 5000 + '": [5]}', r"features.json, user '1+': not a whole number of at most 10"),
    ],
)
def test_bad_input_is_named(raw, file, text, message):
    (raw / file).write_text(text)
    with pytest.raises(InputError, match=message) as raised:
        build(raw)
    assert "\n" not in str(raised.value)
    assert not (raw.parent / "tables").exists()


def test_download_takes_what_is_local(raw, tmp_path, monkeypatch):
    data = tmp_path / "data"
    (data / asia.FOLDER).mkdir(parents=True)
    for name in (asia.EDGES, asia.TARGET):
        (data / asia.FOLDER / name).write_bytes((raw / name).read_bytes())
        monkeypatch.setitem(asia.SHA256, name, hashlib.sha256((raw / name).read_bytes()).hexdigest())
    monkeypatch.setenv("LASTFM_DATA", str(data))
    nowhere = "--url=http://127.0.0.1:9/asia.zip"
    download_asia.main([f"--output-folder={tmp_path / 'none'}", "--no-features", nowhere])
    assert sorted(path.name for path in (tmp_path / "none").iterdir()) == sorted([asia.EDGES, asia.TARGET])
    with pytest.raises(InputError, match=r"or say in the config which users' lists there are"):
        download_asia.main([f"--output-folder={tmp_path / 'full'}", nowhere])
    with pytest.raises(InputError, match=r"some.json is missing; put it there, or set asia.features"):
        download_asia.main([f"--output-folder={tmp_path / 'partial'}", "--partial-features=some.json", nowhere])
    (data / "some.json").write_text(json.dumps(FEATURES))
    download_asia.main([f"--output-folder={tmp_path / 'partial'}", "--partial-features=some.json", nowhere])
    assert json.loads((tmp_path / "partial" / asia.FEATURES).read_text()) == FEATURES
    (data / asia.FOLDER / asia.EDGES).write_text(EDGES + "0,2\n")
    with pytest.raises(InputError, match=r"edges.csv: its sha256 is not the published file's"):
        download_asia.main([f"--output-folder={tmp_path / 'changed'}", "--no-features", nowhere])
    assert not (tmp_path / "changed" / asia.EDGES).exists()


def test_full_features_by_blob_id_or_by_counts(raw, monkeypatch, capsys):
    path = raw / asia.FEATURES
    # the id that `git hash-object` prints for these bytes
    path.write_bytes(b"what is up, doc?")
    assert asia.git_blob(path) == "bd9dbf5aae1a3862dd1526723246b20206e5fc37"
    path.write_text(json.dumps(FEATURES))
    with pytest.raises(InputError, match="3 users and 3 artists, not 7624 and 7842"):
        download_asia.check_features(path)
    monkeypatch.setattr(asia, "USERS", 3)
    monkeypatch.setattr(asia, "ARTISTS", 7842)
    path.write_text(json.dumps({"0": list(range(7842)), "1": [], "2": [3]}))
    download_asia.check_features(path)
    assert "warning" in capsys.readouterr().err
    monkeypatch.setattr(asia, "FEATURES_GIT_BLOB", asia.git_blob(path))
    download_asia.check_features(path)
    assert capsys.readouterr().err == ""


def test_mixing_by_hand(raw):
    built = build(raw)
    # friendships 0-1 within region 0, 1-2 between 0 and 1, 2-4 within 1; region 2 has no friends
    expected = [[2 / 3, 1 / 3, 0], [1 / 3, 2 / 3, 0], [0, 0, 0]]
    assert np.allclose(explore_asia.mixing(built["regions"], built["friendships"]), expected)
    folder = raw.parent / "tables"
    names = ["users", "regions", "friendships", "likes"]
    explore_asia.main(
        [*(f"--{name}={folder}/{name}.parquet" for name in names), f"--output-folder={raw.parent / 'f'}"]
    )
    drawn = [f"asia_{name}.{form}" for name in ("degrees", "mixing") for form in ("png", "svg")]
    assert sorted(path.name for path in (raw.parent / "f").iterdir()) == drawn
