"""Somebody's own listens are read, or the row that is bad is named; ids carry no information."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import build_own_tables
import evaluate_liking
import make_leaderboard
import make_splits
import predict_liking
from conftest import identity
from data.own_tables import FEW, NAMES, build, by_name, write
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import own_listens
from lastfm_gnn.data.own_listens import (
    Irregular,
    Listens,
    by_columns,
    by_rows,
    csv_blocks,
    load_counts,
    save_counts,
)


def test_names_and_counts_come_back_and_the_rest_is_empty(tmp_path):
    tables = build(write(tmp_path / "my.csv", FEW))
    assert by_name(tables) == {(user, artist): count for user, artist, count in FEW}
    assert tables["users"].user_id.tolist() == tables["user_names"].user_id.tolist() == [1, 2]
    assert tables["artists"].artist_id.tolist() == [1, 2, 3]
    assert all(tables[name].empty for name in ("friends", "tags", "tag_assignments"))
    liking = tables["listens"].set_index("count").liking
    assert liking.to_dict() == pytest.approx({20: 1, 3: np.log(3) / np.log(20), 400: 1, 1: 0})


def test_bom_other_order_spaces_empty_lines_and_repeated_rows(tmp_path):
    text = 'Count, artist ,USER\r\n3,"Tyler, The Creator",ann\r\n\r\n15, Sigur Rós,ann\r\n1,Sigur Rós,7\r\n'
    text += '400,"The ""Q""",7\r\n5,Sigur Rós ,ann\r\n'
    (tmp_path / "my.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert by_name(build(tmp_path / "my.csv")) == {(user, artist): count for user, artist, count in FEW}


@settings(max_examples=10, deadline=None)
@given(st.permutations([(f"u{user}", f"a{artist}", 1 + user * artist) for user in range(5) for artist in range(6)]))
def test_order_of_rows_changes_no_byte(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("own")
    first, other = build(write(folder / "my.csv", sorted(rows))), build(write(folder / "my.csv", rows))
    assert all(first[name].equals(other[name]) for name in NAMES)


LETTERS = st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs"]), min_size=1, max_size=6).filter(str.strip)
NAME = LETTERS | st.sampled_from(["a", '"q"', "x,y", "l\nx", " spaces ", "e\u0301"])
ODD = st.tuples(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=3), NAME, st.sampled_from([1, "", "+1", "0x1", "²"])
)


@given(
    rows=st.lists(st.tuples(NAME, NAME, st.integers(1, 9) | st.sampled_from(["007", " 8"]))),
    odd=st.lists(ODD, max_size=1),
)
def test_by_columns_as_by_rows(tmp_path_factory, rows, odd):
    """What is read by columns is what is read row by row; what columns cannot take is left to rows."""
    path = write(tmp_path_factory.mktemp("csv") / "my.csv", [*FEW, *rows, *odd])
    try:
        read = by_columns(csv_blocks(path))
    except Irregular:
        return
    other = by_rows(path)
    assert (read.users, read.artists) == (other.users, other.artists)
    for name in ("user", "artist", "count"):
        assert getattr(read, name).tolist() == getattr(other, name).tolist()


def test_size_of_blocks_changes_nothing(tmp_path, monkeypatch):
    random = np.random.default_rng(0)
    rows = [(f"u{user}", f" a{artist}", count) for user, artist, count in random.integers(1, 30, (500, 3))]
    first = build(write(tmp_path / "my.csv", rows))
    monkeypatch.setattr(own_listens, "BLOCK", 100)
    monkeypatch.setattr(build_own_tables, "ROWS", 7)
    assert len(list(csv_blocks(tmp_path / "my.csv"))) > 10
    other = build(tmp_path / "my.csv")
    assert all(first[name].equals(other[name]) for name in NAMES)
    assert by_name(other) == pd.DataFrame(rows).replace(" ", "", regex=True).groupby([0, 1])[2].sum().to_dict()


def test_parquet_is_read_like_a_csv(tmp_path):
    rows = pd.DataFrame([*FEW, ("ann", " Sigur Rós", 5)], columns=["user", "artist", "count"])
    rows.to_parquet(tmp_path / "my.parquet")
    first, other = build(tmp_path / "my.parquet"), build(write(tmp_path / "my.csv", rows.to_numpy()))
    assert all(first[name].equals(other[name]) for name in NAMES)
    for change, message in (
        ({"count": 0}, r"my.parquet: .* not a whole number from 1"),
        ({"artist": None}, r"my.parquet: a value is missing"),
        ({"more": 1}, r"my.parquet: columns .* not user,artist,count"),
    ):
        rows.assign(**change).to_parquet(tmp_path / "my.parquet")
        with pytest.raises(InputError, match=message):
            build(tmp_path / "my.parquet")


ANN, BOB = "00000c289a1829a808ac09c00daf10bc3c4e223b", "00001411dc427966b17297bf4d69e7e193135d89"
LASTFM_360K = [
    f"{ANN}\t3bd73256-3905-4f3a-97e2-8b341527f805\tbetty blowtorch\t2137",
    f'{ANN}\t\t"weird al" yankovic\t 40',
    f"{BOB}\tf2fb0ff0-5679-42ec-a55c-15109ce6e320\tdie Ärzte\t1099",
    f"{BOB}\tb3ae82c2-e60b-4551-a76d-6620f1b456aa\t\t897",  # no artist
    "sep 20, 2008\t7002bf88-1269-4965-a772-4ba1e7a91eaa\tglenn gould\t63",  # no user
    f"{BOB}\t3d6bbeb7-f90e-4d10-b440-e153c0d10b53\tmelissa etheridge\t0",
    f"{BOB}\tone column too many\tx\t3\t4",
]


def test_lastfm_360k_is_told_by_its_content(tmp_path):
    (tmp_path / "plays.tsv").write_text("\n".join(LASTFM_360K) + "\n")
    assert by_name(build(tmp_path / "plays.tsv")) == {
        (ANN, "betty blowtorch"): 2137,
        (ANN, '"weird al" yankovic'): 40,
        (BOB, "die Ärzte"): 1099,
    }
    (tmp_path / "plays.tsv").write_bytes(LASTFM_360K[0].encode() + b"\n" + LASTFM_360K[2].encode("latin-1"))
    with pytest.raises(InputError, match=r"plays.tsv: .*; get it anew"):
        build(tmp_path / "plays.tsv")


def test_yambda_counts_plays_of_more_than_half_for_each_of_a_tracks_artists(tmp_path):
    folder = tmp_path / "flat/50m"
    folder.mkdir(parents=True)
    plays = pd.DataFrame(
        [
            *((10, 5, 7, 1, 51, 200), (10, 9, 7, 0, 50, 200), (10, 12, 8, 1, 120, 90), (10, 15, 7, 1, 99, 200)),
            *((20, 5, 8, 1, 60, 90), (20, 9, 99, 1, 100, 60)),  # nobody knows who made track 99
        ],
        columns=["uid", "timestamp", "item_id", "is_organic", "played_ratio_pct", "track_length_seconds"],
    )
    plays.astype("uint32").to_parquet(folder / "listens.parquet")
    with pytest.raises(InputError, match=r"artist_item_mapping.parquet is neither beside it nor"):
        build(folder / "listens.parquet")
    mapping = pd.DataFrame({"artist_id": [1, 2, 1, 3], "item_id": [7, 8, 8, 5]})
    mapping.to_parquet(tmp_path / "artist_item_mapping.parquet")
    assert by_name(build(folder / "listens.parquet")) == {
        ("10", "1"): 3, ("10", "2"): 1, ("20", "1"): 1, ("20", "2"): 1,
    }  # fmt: skip


def test_many_names_are_sorted_after_they_were_kept(tmp_path):
    random = np.random.default_rng(0)
    names = sorted(f"{number:x} of a name that takes some bytes" for number in random.permutation(200_000))
    artist = random.permutation(200_000)
    kept = Listens(names[:2], names, np.repeat([0, 1], 100_000), artist, artist + 1)
    save_counts(tmp_path / "counts.arrow", kept)
    loaded = load_counts(tmp_path / "counts.arrow")
    assert (loaded.users, loaded.artists) == (kept.users, kept.artists)
    assert all(np.array_equal(getattr(loaded, one), getattr(kept, one)) for one in ("user", "artist", "count"))


def test_counts_that_are_cut_are_told(tmp_path):
    build(write(tmp_path / "my.csv", FEW))
    counts = tmp_path / "counts.arrow"
    for content in (counts.read_bytes()[:-20], b"", (tmp_path / "tables/users.parquet").read_bytes()):
        counts.write_bytes(content)
        with pytest.raises(InputError, match=r"counts.arrow: not of count_listens.py .*; delete it and run again"):
            build_own_tables.main(
                [f"--counts={counts}", f"--mbids={tmp_path}/mbids.parquet", f"--output-folder={tmp_path}/again"]
            )


def test_ids_do_not_follow_names_counts_or_rows(tmp_path):
    rows = [(f"u{user:04}", f"a{(user + more) % 900:04}", user + 1 + more) for user in range(1000) for more in (0, 1)]
    tables = build(write(tmp_path / "my.csv", rows))
    assert sorted(tables["user_names"].user_id) == list(range(1, 1001))
    rank = tables["user_names"].name.rank()
    listens = tables["listens"]
    assert abs(np.corrcoef(tables["user_names"].user_id, rank)[0, 1]) < 0.1
    assert abs(np.corrcoef(listens.user_id, listens["count"])[0, 1]) < 0.1
    assert abs(np.corrcoef(listens.user_id, listens.artist_id)[0, 1]) < 0.1


def test_a_user_whose_counts_are_all_1_scores_1(tmp_path):
    tables = build(write(tmp_path / "my.csv", [*FEW, ("bob", "a", 1), ("bob", "b", 1)]))
    bob = tables["user_names"].set_index("name").user_id["bob"]
    assert tables["listens"].liking[tables["listens"].user_id == bob].tolist() == [1, 1]


HEADER = b"user,artist,count\n"
BAD = {
    "empty file": (b"", r"my.csv: no listens; give a header, user,artist,count, and a row"),
    "header alone": (HEADER, r"my.csv: no listens; give"),
    "no header": (b"ann,Muse,3\n", r"line 1: the header is \['ann', 'Muse', '3'\], not user,artist,count"),
    "wrong column": (b"user,artist,plays\n", r"line 1: the header is .* not user,artist,count"),
    "column too many": (b"user,artist,count,date\n", r"line 1: the header is .* not user,artist,count"),
    "semicolons": (b"user;artist;count\n", r"line 1: the header is .* not user,artist,count"),
    "bare comma": (
        HEADER + b"ann,Tyler, The Creator,3\n",
        r"line 2: 4 columns, not 3; quote a name that has a comma",
    ),
    "missing field": (HEADER + b"ann,Muse\n", r"line 2: 2 columns, not 3"),
    "latin-1": (HEADER + b"ann,Muse,3\nann,Bj\xf6rk,3\n", r"line 3: not UTF-8"),
    "UTF-16": ("user,artist,count\n".encode("utf-16"), r"line 1: not UTF-8"),
    "zero count": (HEADER + b"ann,Muse,3\nann,ABBA,0\n", r"line 3: count is 0, outside 1 to"),
    "negative count": (HEADER + b"ann,Muse,-3\n", r"line 2: count is -3, outside 1 to"),
    "decimal count": (HEADER + b"ann,Muse,3.5\n", r"line 2: count is '3.5', not a whole number"),
    "no count": (HEADER + b"ann,Muse,\n", r"line 2: count is '', not a whole number"),
    "huge count": (HEADER + b"ann,Muse," + b"9" * 5000 + b"\n", r"line 2: count is 9{20}, outside 1 to"),
    "huge sum": (HEADER + b"ann,Muse,2147483647\nann,Muse,1\n", r"line 3: the counts of ann and Muse add up to more"),
    "no user": (HEADER + b"ann,Muse,3\n ,Muse,3\n", r"line 3: no user"),
    "no artist": (HEADER + b'ann,"",3\n', r"line 2: no artist"),
    "line break in a name": (HEADER + b'"a\nnn",Muse,3\nann,Muse,x\n', r"line 4: count is 'x'"),
    "open quote": (HEADER + b'ann,Muse,3\nann,"Muse,3\nann,ABBA,3\n', r"line 3: no CSV from here"),
    "nothing to learn": (HEADER + b"ann,Muse,1\nann,ABBA,1\nbob,Muse,5\n", r"my.csv: nobody's counts differ"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_file_is_told_by_its_line(tmp_path, name):
    content, message = BAD[name]
    (tmp_path / "my.csv").write_bytes(content)
    with pytest.raises(InputError, match=message) as raised:
        build(tmp_path / "my.csv")
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "tables").exists()


def test_one_user_and_one_test_pair_are_enough_for_the_leaderboard(tmp_path):
    build(write(tmp_path / "my.csv", [("ann", f"a{number}", number) for number in range(1, 13)]))
    listens = f"--listens={tmp_path}/tables/listens.parquet"
    make_splits.main([listens, "--protocol=strict", "--seed=0", f"--output-folder={tmp_path}"])
    parts = {name: f"--{name}={tmp_path}/{name}.parquet" for name in ("train", "valid", "queries", "test")}
    names = [f"--{name}={tmp_path}/tables/{name}.parquet" for name in ("users", "artists")]
    grid = {"user_shrinkage": [1], "artist_shrinkage": [1]}
    runs = []
    for model, more in (("bias", {}), ("item_knn", {"neighbours": [5], "shrinkage": [1]})):
        runs.append(f"{tmp_path}/liking/scores/{model}/strict_0")
        shared = [parts["train"], f"--output-folder={runs[-1]}"]
        settings = [f"--model={model}", f"--grid={json.dumps(grid | more)}", "--seed=0"]
        settings.append(identity("liking", model, "strict_0", league="scores"))
        predict_liking.main([*names, *shared, parts["valid"], parts["queries"], *settings])
        evaluate_liking.main([*shared, listens, parts["test"], f"--scores={runs[-1]}/scores.parquet"])
    kinds = json.dumps({"liking": {"bias": "baseline", "item_knn": "closed_form_graph"}})
    make_leaderboard.main([f"--kinds={kinds}", f"--output-folder={tmp_path}", "--runs", *runs])
    table = pd.read_csv(tmp_path / "leaderboard.csv").set_index("metric")
    assert table["mean"]["mse"].notna().all() and table["mean"]["spearman"].isna().all()  # nothing to rank
