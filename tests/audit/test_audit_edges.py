"""Edges, directions and times of other kinds: what they are taken for, and what is told."""

import pandas as pd
import pytest

from auditing import audit, checks, frame, of_check, run
from lastfm_gnn.core.program import InputError

CHAIN = [(one, one + 1) for one in range(30)]


def chain(name, *more):
    """Edges from each node to the next, and further ones, of nodes called by `name`."""
    return frame([tuple(map(name, edge)) for edge in (*CHAIN, *more)], "source", "target")


@pytest.mark.parametrize("name", [lambda one: f"ann{one:03}", lambda one: one + 100], ids=["text", "numbers"])
def test_ends_of_edges_are_shown_as_the_file_has_them(name):
    train, test = (frame([(name(one), 1) for one in some], "user", "region") for some in (range(20), range(20, 31)))
    train, test = train[["user"]], test[["user"]]
    _, found = audit(train=train, test=test, edges=chain(name))
    (way,) = of_check(found, "one_way")
    assert way["example"] == {"source": name(0), "target": name(1)}
    _, found = audit(train=train, test=test, edges=chain(name, (3, 2)))
    assert of_check(found, "one_way") == [] and of_check(found, "transductive")


def test_one_end_of_numbers_and_one_of_text_are_both_text():
    train, test = frame([(one,) for one in range(20)], "user"), frame([(one,) for one in range(20, 31)], "user")
    edges = frame([*CHAIN, (3, "a")], "source", "target")
    _, found = audit(train=train, test=test, edges=edges)
    assert of_check(found, "transductive")[0]["count"] == 11


def test_friendships_of_one_direction_are_shown_by_their_ids():
    pairs = [(one + 100, one + 103) for one in range(40)]
    _, found = audit(train=frame(pairs[:30], "user_id", "friend_id"), test=frame(pairs[30:], "user_id", "friend_id"))
    assert of_check(found, "one_way")[0]["example"] == {"source": 100, "target": 103}


def test_a_direction_of_messages_alone_hides_no_twin():
    twins = [(target, source) for source, target in CHAIN]
    train, test = (frame(some, "source", "target") for some in (CHAIN + twins[5:], twins[:5]))
    for messages in (train, train.assign(direction=0)):
        status, found = audit(train=train, test=test, messages=messages)
        assert status == 3 and "reversed_twin" in checks(found, "leak")


def test_a_direction_that_is_missing_is_told(tmp_path):
    columns = ("user_id", "artist_id", "direction")
    frame([(1, 1, "u"), (1, 2, "v")], *columns).to_parquet(tmp_path / "train.parquet")
    frame([(1, 4, None)], *columns).to_parquet(tmp_path / "test.parquet")
    with pytest.raises(InputError, match="row 1 below the header: direction is missing"):
        run(f"--train={tmp_path}/train.parquet", f"--test={tmp_path}/test.parquet")


def test_times_that_cannot_be_compared_are_told(tmp_path):
    timed = frame([(1, 1, 5), (1, 2, 6)], "user", "item", "time")
    with pytest.raises(InputError, match="row 2 below the header: time is infinite"):
        audit(train=timed.assign(time=[5, float("inf")]), test=timed[:1].assign(item=3))
    timed.to_csv(tmp_path / "train.csv", index=False)
    frame([(1, 3)], "user", "item").to_csv(tmp_path / "test.csv", index=False)
    _, content = run(f"--train={tmp_path}/train.csv", f"--test={tmp_path}/test.csv")
    assert content["not_looked_at"]["future"] == "no times"


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (pd.array([2**63 + 1], dtype="uint64"), None),
        ([float("inf")], "user is no whole number"),
        ([b"\xff\xfe"], "user is of type binary, neither a whole number nor text"),
    ],
)
def test_ids_out_of_range_are_read_or_told(tmp_path, ids, said):
    pd.DataFrame({"user": ids, "item": [1]}).to_parquet(tmp_path / "train.parquet")
    pd.DataFrame({"user": ids, "item": [2]}).to_parquet(tmp_path / "test.parquet")
    options = f"--train={tmp_path}/train.parquet", f"--test={tmp_path}/test.parquet"
    if said:
        with pytest.raises(InputError, match=said):
            run(*options)
    else:
        assert run(*options)[1]["read"].startswith("train: 1 rows, test: 1 rows")
