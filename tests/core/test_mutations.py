"""Every format that is read, with bytes of a valid file cut, changed or doubled: what is read is right, or one line
says what is wrong. MUTATIONS=1000 tries so many of each format, else a few."""

import json
import os
import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mlflow.exceptions import MlflowException
from mlflow.pyfunc.scoring_server import infer_and_parse_data

import build_tables
import history_files
from lastfm_gnn.core.checkpoints import load, save
from lastfm_gnn.core.files import read_json, write_json
from lastfm_gnn.core.program import InputError
from lastfm_gnn.core.run_record import read_record
from lastfm_gnn.data import asia, hetrec, tables
from lastfm_gnn.data.own_listens import read_listens
from lastfm_gnn.data.plays import read_plays
from lastfm_gnn.data.rows import CONTROL
from lastfm_gnn.recommend.champion import Champion
from lastfm_gnn.recommend.registry import SIGNATURE
from lastfm_gnn.recommend.server import TABLES, ChampionServer
from lastfm_gnn.table1.graphs import build_graph, load_graph, save_graph

tried = settings(max_examples=int(os.environ.get("MUTATIONS", "20")))


@st.composite
def edits(draw):
    """What happens to a file's bytes: a function of them."""
    kind = draw(st.sampled_from(["flip", "cut", "tail", "double", "insert"]))
    place, length, new = draw(st.floats(0, 1)), draw(st.integers(1, 40)), draw(st.binary(min_size=1, max_size=8))

    def edit(content: bytes) -> bytes:
        start = min(int(place * len(content)), len(content) - 1)
        end = start + length
        changed = {
            "flip": content[:start] + new + content[start + len(new) :],
            "cut": content[:start] + content[end:],
            "tail": content[:start],
            "double": content[:end] + content[start:],
            "insert": content[:start] + new + content[start:],
        }
        return changed[kind]

    return edit


def told(read, *arguments):
    """What `read` gives, or None where it says in one short line what is wrong."""
    try:
        return read(*arguments)
    except InputError as error:
        message = str(error)
        assert "\n" not in message and len(message) < 1000
        assert ";" in message, "what to do"
        return None


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("mutations")


@pytest.mark.parametrize("file", hetrec.HEADERS)
@tried
@given(edit=edits())
def test_raw_files(tiny_raw, folder, file, edit):
    """What is taken is rows of known users, artists and tags, with no character that steers a terminal."""
    raw = folder / "raw"
    if not raw.exists():
        shutil.copytree(tiny_raw, raw)
    (raw / file).write_bytes(edit((tiny_raw / file).read_bytes()))
    try:
        artists = told(build_tables.read_artists, raw)
        listens = None if artists is None else told(build_tables.read_listens, raw, set(artists.artist_id), "ln")
        if listens is not None:
            users = set(listens.user_id)
            assert set(listens.artist_id) <= set(artists.artist_id) and listens["count"].min() >= 1
            assert listens.liking.between(0, 1).all()
            assert not artists.name.str.contains("[\x00\x1b\u202e]").any()
            tags = told(build_tables.read_tags, raw)
            told(build_tables.read_friends, raw, users)
            if tags is not None:
                told(build_tables.read_tag_assignments, raw, users, set(tags.tag_id))
    finally:
        shutil.copyfile(tiny_raw / file, raw / file)


FEATURES = json.dumps({str(user): list(range(user, 40 * user, 7)) for user in range(1, 9)}).encode()
RIGHT = json.loads(FEATURES)


@tried
@given(edit=edits())
def test_features(folder, edit):
    (folder / "features.json").write_bytes(edit(FEATURES))
    read = told(asia.read_likes, folder / "features.json", set(range(10)))
    if read is not None:
        likes, known = read
        text = json.loads((folder / "features.json").read_bytes())
        assert {int(user): sorted(artists) for user, artists in text.items()} == {
            user: likes.artist_id[likes.user_id == user].tolist() for user in known.tolist()
        }


@pytest.mark.parametrize("name", [asia.TARGET, asia.EDGES])
@tried
@given(edit=edits())
def test_asia_tables(folder, name, edit):
    content = {asia.TARGET: "id,target\n0,3\n1,17\n2,0\n", asia.EDGES: "node_1,node_2\n0,1\n1,2\n"}
    (folder / name).write_bytes(edit(content[name].encode()))
    if name == asia.TARGET:
        users = told(asia.read_users, folder / name)
        assert users is None or (users.region.between(0, 17).all() and users.user_id.is_unique)
    else:
        friendships = told(asia.read_friendships, folder / name, {0, 1, 2})
        assert friendships is None or (friendships.user_id < friendships.friend_id).all()


@tried
@given(edit=edits())
def test_csvs_by_hand(folder, edit):
    (folder / "my.csv").write_bytes(edit('user,artist,count\nann,Sigur Rós,20\n7,"The ""Q""",400\n'.encode()))
    listens = told(read_listens, folder / "my.csv")
    assert listens is None or listens.count.min() >= 1
    (folder / "plays.csv").write_bytes(edit('artist,count\nSigur Rós,20\n"The ""Q""",400\n'.encode()))
    played = told(read_plays, [folder / "plays.csv"])
    assert played is None or min(played.counts.values()) >= 1


PACKED = {name: form(3 * history_files.PLAYS) for name, form in history_files.FORMS.items()}
PACKED["zip"] = history_files.zipped({f"folder/{name}": content for name, content in PACKED.items()})


@pytest.mark.parametrize("form", PACKED)
@tried
@given(edit=edits())
def test_histories(folder, form, edit):
    """Every play is there three times: what was not touched is counted once, and at most two others are new."""
    (folder / "history").write_bytes(edit(PACKED[form]))
    plays = told(read_plays, [folder / "history"])
    if plays is not None:
        assert min(plays.counts.values()) >= 1
        assert sum(plays.counts.values()) <= len(history_files.PLAYS) + 2
        assert not any(CONTROL.search(name) for name in plays.counts)
        "".join(plays.counts).encode()


@tried
@given(edit=edits())
def test_listens_in_parquet(folder, edit):
    path = folder / "my.parquet"
    pd.DataFrame({"user": ["ann", "7"], "artist": ["Sigur Rós", "Muse"], "count": [3, 40]}).to_parquet(path)
    path.write_bytes(edit(path.read_bytes()))
    listens = told(read_listens, path)
    assert listens is None or listens.count.min() >= 1


@tried
@given(edit=edits())
def test_parquet(folder, edit):
    path, rows = folder / "pairs.parquet", pd.DataFrame({"user_id": range(50), "artist_id": 1, "liking": 0.25})
    tables.write(path, rows, tables.PAIRS, "own")
    path.write_bytes(edit(path.read_bytes()))
    read = told(tables.read, path, tables.PAIRS)
    assert read is None or np.isfinite(read.liking).all()
    told(tables.source_of, path)


@tried
@given(edit=edits())
def test_records(folder, edit):
    path = folder / "run.json"
    write_json(path, {"identity": {"model": "mine"}, "settings": {"a": 1}, "valid": {"mse": 0.5}})
    path.write_bytes(edit(path.read_bytes()))
    told(read_json, path)
    record = told(read_record, path, "model")
    assert record is None or record["identity"]["model"] is not None or "null" in path.read_text()


@tried
@given(edit=edits())
def test_checkpoints(folder, edit):
    path, weights = folder / "model.pt", torch.arange(200.0)
    save(path, {"weights": weights, "variant": "mine"})
    path.write_bytes(edit(path.read_bytes()))
    content = told(load, path, "model", ("weights", "variant"))
    assert content is None or (content["variant"] == "mine" and content["weights"].equal(weights))


@tried
@given(edit=edits())
def test_graphs(folder, edit):
    path, pairs = folder / "graph.npz", pd.DataFrame({"user_id": [5, 2], "artist_id": [9, 1], "liking": [0.5, 1.0]})
    graph = build_graph(np.array([2, 5]), np.array([1, 9]), pairs)
    save_graph(path, graph)
    path.write_bytes(edit(path.read_bytes()))
    read = told(load_graph, path)
    assert read is None or read.liking.equal(graph.liking)


@pytest.mark.parametrize("name", ["champion.json", "model.pt"])
@tried
@given(edit=edits())
def test_champions(folder, tiny_champion, tiny_tables, name, edit):
    chosen = folder / "chosen"
    if not chosen.exists():
        shutil.copytree(tiny_champion.folder, chosen)
    right = (tiny_champion.folder / name).read_bytes()
    (chosen / name).write_bytes(edit(right))
    try:
        champion = told(Champion, chosen, tiny_tables)
        if champion is not None:  # spaces between what is written mean nothing
            assert champion.record == json.loads((tiny_champion.folder / "champion.json").read_bytes())
    finally:
        (chosen / name).write_bytes(right)


@pytest.fixture(scope="module")
def server(tiny_champion, tiny_tables):
    served = ChampionServer()
    paths = {name: tiny_tables / f"{name}.parquet" for name in TABLES if name != "train"}
    paths |= {"train": tiny_champion.split / "train.parquet", "champion": tiny_champion.folder / "champion.json"}
    served.load_context(SimpleNamespace(artifacts=paths))
    return served


@tried
@given(edit=edits(), pairs=st.booleans())
def test_served_requests(server, edit, pairs):
    """As MLflow reads a request; what it refuses itself is not asked for here."""
    user, artist = int(server.data.users.ids[0]), int(server.data.artists.ids[0])
    rows = [[user, artist], [int(server.data.users.ids[1]), artist]]
    asked = {"dataframe_split": {"columns": ["user_id", "artist_id"], "data": rows}}
    if not pairs:
        asked = {"dataframe_records": [{"plays": {"generated artist 3": 7}, "top": 3}, {"user": user}]}
    body = edit(json.dumps(asked).encode())
    try:
        frame = infer_and_parse_data(json.loads(body), SIGNATURE.inputs)
        if not isinstance(frame, pd.DataFrame):
            return
        frame = frame[[name for name in SIGNATURE.inputs.input_names() if name in frame]]
    except Exception:
        return
    try:
        answers = server.predict(None, frame)
    except MlflowException as error:
        assert error.get_http_status_code() == 400
        return
    assert len(answers) == len(frame)
    if "user_id" in frame:
        assert np.isfinite(answers).all() and set(frame.user_id) <= set(server.data.users.ids.tolist())
    else:
        assert all(1 <= len(answer["recommended"]) <= 100 for answer in answers)
