"""Ids, the order of rows and row numbers that give the part or the value away."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditing import audit, checks, frame, listens, of_check, parted, run
from lastfm_gnn.audit.leaks import match, number
from lastfm_gnn.audit.order import correlation, id_ranks, within_ranks


def crawled(seed):
    """Users whose new items were given the next ids, in the order of their value."""
    random = np.random.default_rng(seed)
    ids, rows = {}, []
    for user in range(60):
        for item in random.choice(5000, 20, replace=False):
            ids.setdefault(item, len(ids))
            rows.append((user, ids[item], float(20 - sum(row[0] == user for row in rows)) + random.normal()))
    return frame(rows, "user_id", "item_id", "value")


def test_ids_are_a_warning_and_a_leak_for_who_reads_them():
    parts = parted(crawled(0), 0)
    status, report = audit(**parts)
    texts = " ".join(one["text"] for one in of_check(report, "ids"))
    assert status == 0 and checks(report, "warning") == ["ids"]
    assert "value falls with item_id" in texts and "nearest that the same user_id has in train" in texts
    status, report = audit("--ids-as-features", **parts)
    assert status == 3 and checks(report, "leak") == ["ids"]
    # the same, as text
    named = {part: rows.assign(item_id="i" + rows.item_id.astype(str)) for part, rows in parts.items()}
    of_text = of_check(audit(**named)[1], "ids")
    assert [re.sub(r"[-.\d]+", "", one["text"]) for one in of_text] == [
        re.sub(r"[-.\d]+", "", one["text"]) for one in of_check(report, "ids")
    ]


def test_ids_of_new_items():
    """Everybody's items of the largest ids are test."""
    rows = listens(6).sort_values("item_id")
    last = rows.groupby("user_id").cumcount(ascending=False) < 3
    _, report = audit(train=rows[~last].sample(frac=1), test=rows[last].sample(frac=1))
    assert any("item_id is larger in test" in one["text"] for one in of_check(report, "ids"))


def test_users_in_blocks():
    users = np.arange(200)
    _, report = audit(train=frame(users[:160], "user_id"), test=frame(users[160:], "user_id"))
    assert "2 runs" in of_check(report, "ids")[0]["text"]
    drawn = np.random.default_rng(0).permutation(users)
    assert not audit(train=frame(drawn[:160], "user_id"), test=frame(drawn[160:], "user_id"))[1]
    twice = audit(train=frame(users[:160], "user_id"), test=frame(users[159:], "user_id"))[1]
    assert of_check(twice, "same_pair")[0]["example"] == {"user_id": 159}


def test_rows_sorted_by_value():
    parts = parted(listens(7), 7)
    ordered = parts | {"test": parts["test"].sort_values(["user_id", "value"], ascending=[True, False])}
    status, report = audit(**ordered)
    assert (status, checks(report, "leak")) == (3, ["row_order"])
    assert "falls with the row's place in the file of test (rank correlation -1," in report[0]["text"]


def test_users_sorted_by_value():
    """One row a user, best first."""
    train = frame([(user, item, 1.0 + (user * item) % 7) for user in range(40) for item in range(4)], *NAMES)
    test = frame([((7 * n) % 40, 5, 40.0 - n) for n in range(40)], *NAMES)
    assert checks(audit(train=train, test=test)[1], "leak") == ["row_order"]


NAMES = ("user_id", "item_id", "value")


def test_rows_in_the_order_of_ids_tell_what_ids_tell():
    parts = {part: rows.sort_values(["user_id", "item_id"]) for part, rows in parted(crawled(1), 1).items()}
    status, report = audit(**parts)
    assert status == 0 and any("stand in the order of ids" in one["text"] for one in of_check(report, "ids"))


def test_rows_in_the_order_of_time_tell_what_time_tells():
    """Users who like things less and less, split by time."""
    rows = listens(9).assign(time=np.arange(1200), value=-np.arange(1200.0) + listens(9).value)
    ordered = rows[960:].sort_values(["user_id", "time"])
    status, report = audit(train=rows[:960], test=ordered)
    assert (status, of_check(report, "row_order")[0]["severity"]) == (0, "note")
    status, report = audit(train=rows[:960].drop(columns="time"), test=ordered.drop(columns="time"))
    assert (status, checks(report, "leak")) == (3, ["row_order"])


def test_numbers_of_rows_tell_the_part_and_the_value(tmp_path):
    """The last rows of each user, in a file sorted by value, with the row numbers that pandas writes."""
    rows = listens(10).sort_values("value", ignore_index=True)
    last = rows.groupby("user_id").cumcount(ascending=False) < 3
    for order, expected in (("sorted", 2), ("random", 0)):
        if order == "random":
            rows.index = np.random.default_rng(0).permutation(len(rows))
            last = pd.Series(np.random.default_rng(1).random(len(rows)) < 0.2, rows.index)
        for part, held_out in (("train", False), ("test", True)):
            rows[last == held_out].sample(frac=1, random_state=0).to_csv(tmp_path / f"{part}.csv")
        options = [f"--train={tmp_path}/train.csv", f"--test={tmp_path}/test.csv"]
        status, content = run(*options)
        texts = [one["text"] for one in content["findings"] if "the number of the row" in one["text"]]
        assert (status, len(texts)) == (0, expected) and content["read"].endswith("row number")
        assert run(*options, "--ids-as-features")[0] == (3 if expected else 0)


def test_numbers_of_rows_that_follow_time_are_no_news():
    rows = listens(11).assign(time=np.arange(1200)).sort_values(["user_id", "time"], ignore_index=True)
    last = rows.groupby("user_id").cumcount(ascending=False) < 3
    parts = {"train": rows[~last].reset_index(), "test": rows[last].reset_index()}
    assert not [one for one in audit(**parts)[1] if "number of the row" in one["text"]]
    parts = {part: rows.drop(columns="time") for part, rows in parts.items()}
    assert [one for one in audit(**parts)[1] if "number of the row" in one["text"]]


def test_correlation_within_groups_by_hand():
    """Ranks 1 2 3 against 3 2 1: -1; the variance of sum of products under shuffling is 2 * 2 / 2 for each group."""
    code = np.array([0, 0, 0, 1, 1, 1])
    first = np.array([1.0, 2, 3, 4, 5, 6])
    r, sigmas = correlation(first, -first, code)
    assert r == pytest.approx(-1) and sigmas == pytest.approx(-4 / np.sqrt(4))
    assert np.isnan(correlation(first, np.ones(6), code)).all()


@settings(max_examples=40, derandomize=True)
@given(st.integers(0, 2**32), st.integers(2, 9), st.integers(2, 9))
def test_variance_under_shuffling_is_exact(seed, first, second):
    """Against the variance over 4,000 shuffles."""
    random = np.random.default_rng(seed)
    code = np.repeat([0, 1], [first, second])
    a, b = random.normal(size=(2, len(code)))
    draws = np.argsort(code + random.random((4000, len(code))), axis=1)
    centred = a - (np.bincount(code, a) / np.bincount(code))[code]
    sums = b[draws] @ centred
    _, sigmas = correlation(a, b, code)
    assert np.isclose((b @ centred / sigmas) ** 2, sums.var(), rtol=0.25)


@settings(max_examples=60)
@given(st.lists(st.integers(0, 20), min_size=1), st.lists(st.integers(0, 30)))
def test_match_against_a_loop(known, wanted):
    places = match(np.array(known), np.array(wanted, dtype=int))
    assert [known[place] if place >= 0 else None for place in places] == [
        one if one in known else None for one in wanted
    ]


def test_ranks():
    assert id_ranks(np.array([30, 10, 20])).tolist() == [2, 0, 1]
    assert id_ranks(np.array(["u10", "u9", "u100"])).tolist() == [1, 0, 2]
    assert id_ranks(np.array(["ann", "u9"])) is None
    assert within_ranks(np.array([5.0, 7, 5, 1]), np.array([0, 0, 0, 1])).tolist() == [1.5, 3, 1.5, 1]
    assert [number(value) for value in (1234.4, 12, 0.1234, -0.5, 0)] == ["1,234", "12", ".123", "-.5", "0"]
