"""Each leak on a small example, honest splits over random inputs, both published works' splits and ours."""

import json
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import audit_split
import build_tables
import generate_dataset
import make_friend_splits
import make_ranking_splits
import make_splits
from conftest import ROOT
from lastfm_gnn.audit.leaks import match, number
from lastfm_gnn.audit.order import SIGMAS, correlation, id_ranks, within_ranks
from lastfm_gnn.audit.split_files import read_split, read_table
from lastfm_gnn.core.program import InputError

NOTHING = dict.fromkeys(("user", "item", "value", "time"))


def frame(rows, *names):
    return pd.DataFrame(rows, columns=names or ("user_id", "item_id"))


def run(capsys, *options):
    """Exit status, and what is printed as JSON."""
    try:
        audit_split.main([*map(str, options), "--format=json"])
        status = 0
    except SystemExit as ended:
        status = ended.code
    return status, json.loads(capsys.readouterr().out)


@pytest.fixture
def audit(tmp_path, capsys):
    """Audits frames: exit status and findings."""

    def of(*options, **parts):
        for part, rows in parts.items():
            rows.to_csv(tmp_path / f"{part}.csv", index=False)
        status, content = run(capsys, *(f"--{part}={tmp_path}/{part}.csv" for part in parts), *options)
        assert content["leaks"] == sum(one["severity"] == "leak" for one in content["findings"])
        assert status == (3 if content["leaks"] else 0)
        return status, content["findings"]

    return of


def findings(**parts):
    """Of frames, without a fixture, which Hypothesis would share between its examples."""
    with TemporaryDirectory() as folder:
        for part, rows in parts.items():
            rows.to_parquet(f"{folder}/{part}.parquet")
        split = read_split({part: Path(folder) / f"{part}.parquet" for part in parts}, NOTHING, False)
    return audit_split.findings(split, False, None)


def of_check(report, check):
    return [one for one in report if one["check"] == check]


def checks(report, severity):
    return sorted({one["check"] for one in report if one["severity"] == severity})


# ------------------------------------------------------------------------------------------- facts of the rows


def test_the_same_pair_in_two_parts(audit):
    train = frame([(1, 1, 5.0), (1, 2, 3.0), (2, 1, 4.0)], "user_id", "item_id", "rating")
    test = frame([(1, 2, 3.0), (2, 1, 1.0), (2, 2, 2.0)], "user_id", "item_id", "rating")
    status, report = audit(train=train, test=test)
    (one,) = of_check(report, "same_pair")
    assert (status, one["count"], one["of"]) == (3, 2, 3)
    assert one["example"] == {"user_id": 1, "item_id": 2, "rating": 3.0}
    assert one["text"].startswith(
        "2 of 3 test rows (66.7 %) are in train, too, 1 of them with the same rating, such as user_id 1, item_id 2"
    )


def test_valid_is_held_against_both(audit):
    parts = {"train": [(1, 1), (1, 2)], "valid": [(1, 1), (2, 2)], "test": [(2, 2), (2, 1)]}
    _, report = audit(**{part: frame(rows) for part, rows in parts.items()})
    assert [one["text"].split(",")[0] for one in of_check(report, "same_pair")] == [
        "1 of 2 valid rows (50 %) are in train",
        "1 of 2 test rows (50 %) are in valid",
    ]


def test_repeated_events_are_named(audit):
    _, report = audit(train=frame([(1, 1), (1, 1)]), test=frame([(1, 1)]))
    assert "pairs repeat within train" in of_check(report, "same_pair")[0]["text"]


def test_reversed_twins_of_an_undirected_graph(audit):
    train = frame([(1, 2), (3, 1), (2, 3), (3, 2), (9, 9)], "source", "target")
    _, report = audit(train=train, test=frame([(2, 1), (1, 3), (4, 4)], "source", "target"))
    (one,) = of_check(report, "reversed_twin")
    assert (one["severity"], one["count"], one["of"]) == ("leak", 2, 3)
    # under other names a column must say that both ends are of one set
    renamed = {"source": "user_id", "target": "item_id"}
    parts = {"train": train.rename(columns=renamed), "test": frame([(2, 1)])}
    assert not of_check(audit(**parts)[1], "reversed_twin")
    assert of_check(audit("--one-set", **parts)[1], "reversed_twin")


def test_edges_that_are_returned_now_and_then_are_no_leak(audit):
    train = frame([(1, 2), *((1, n) for n in range(10, 20))], "source", "target")
    status, report = audit(train=train, test=frame([(2, 1), (2, 5)], "source", "target"))
    assert (status, of_check(report, "reversed_twin")[0]["severity"]) == (0, "note")


def test_twins_by_direction(audit):
    names = ("user_id", "artist_id", "liking", "direction")
    train = frame([(1, 2, 0.5, "there"), (1, 3, 0.25, "back")], *names)
    test = frame([(1, 2, 0.5, "back"), (2, 1, 1.0, "there")], *names)
    _, report = audit(train=train, test=test)
    assert [one["count"] for one in of_check(report, "reversed_twin")] == [1]
    assert "1 of them with the same liking" in report[0]["text"]
    assert not of_check(report, "same_pair")


def test_cold_users_and_items_are_notes(audit):
    status, report = audit(train=frame([(1, 1), (2, 2)]), test=frame([(1, 3), (3, 1), (3, 4), (1, 2)]))
    assert status == 0 and checks(report, "note") == ["cold"]
    users, items = of_check(report, "cold")
    assert (users["count"], users["of"]) == (1, 2) and "2 of 4 test rows (50 %)" in users["text"]
    assert (items["count"], items["of"]) == (2, 4)


def test_future_before_past(audit):
    names = ("user", "item", "timestamp")
    train = frame([(1, 1, 10), (1, 2, 30), (2, 1, 20)], *names)
    status, report = audit(train=train, test=frame([(1, 3, 20), (2, 2, 25)], *names))
    assert [(one["check"], one["count"], one["of"]) for one in report if one["severity"] == "leak"] == [
        ("future", 1, 2),
        ("future_of_others", 1, 3),
    ]
    # each user's last row: nobody's own future, but that of others
    _, report = audit(train=train, test=frame([(1, 3, 40), (2, 2, 25)], *names))
    assert checks(report, "leak") == ["future_of_others"]
    status, report = audit(train=train, test=frame([(1, 3, 30), (2, 2, 31)], *names))
    assert status == 0


def test_dates(audit):
    train = frame([(1, 1, "2011-05-30"), (1, 2, "2011-06-01T10:00:00Z")], "user", "item", "date")
    _, report = audit(train=train, test=frame([(1, 3, "2011-06-01")], "user", "item", "date"))
    assert checks(report, "leak") == ["future", "future_of_others"]


def test_messages(audit):
    names = ("user_id", "item_id", "rating")
    train, test = frame([(1, 1, 0.1), (1, 2, 0.2), (2, 1, 0.3)], *names), frame([(2, 2, 0.4), (1, 3, 0.7)], *names)
    assert audit(train=train, test=test, messages=train)[0] == 0
    _, report = audit(train=train, test=test, messages=pd.concat([train, test[:1]]))
    (one,) = of_check(report, "messages")
    assert (one["severity"], one["count"], one["of"]) == ("leak", 1, 2) and "same rating" in one["text"]
    # which pairs there are, without what is predicted of them
    status, report = audit(train=train, test=test, messages=pd.concat([train, test])[["user_id", "item_id"]])
    assert (status, of_check(report, "messages")[0]["severity"]) == (0, "note")
    # rows of train that the model does not see
    _, report = audit(train=train, test=test, messages=train[1:])
    assert (of_check(report, "messages")[0]["count"], of_check(report, "messages")[0]["severity"]) == (1, "note")


def test_messages_of_one_set_are_read_both_ways(audit):
    train, test = frame([(1, 2), (2, 3)], "source", "target"), frame([(1, 3)], "source", "target")
    _, report = audit(train=train, test=test, messages=frame([(2, 1), (3, 2), (3, 1)], "source", "target"))
    assert [(one["severity"], one["count"]) for one in of_check(report, "messages")] == [("leak", 1)]


def test_edges_that_run_by_id(audit):
    users = {"train": frame([(n,) for n in range(15)], "user"), "test": frame([(n,) for n in range(15, 30)], "user")}
    edges = frame([(n, n + 1) for n in range(28)], "source", "target")
    status, report = audit(**users, edges=edges)
    (one,) = of_check(report, "one_way")
    assert (status, one["severity"], one["count"], one["of"]) == (3, "leak", 1, 15)  # user 29
    assert of_check(report, "transductive")[0]["count"] == 14
    both = pd.concat([edges, edges.rename(columns={"source": "target", "target": "source"})])
    assert audit(**users, edges=both)[0] == 0


# ------------------------------------------------------------------------------------------- values


def listens(seed, users=60, items=80, rows=1200):
    """Pairs, each once, in random order, of users of different activity and items of different popularity, whose ids
    are random, with values that tell nothing."""
    random = np.random.default_rng(seed)
    user = random.choice(users, 4 * rows, p=random.dirichlet(np.full(users, 2.0)))
    item = random.choice(items, 4 * rows, p=random.dirichlet(np.full(items, 1.0)))
    pairs = pd.DataFrame({"user": user, "item": item}).drop_duplicates()[:rows]
    names = 1 + random.permutation(10 * users)[:users], 1 + random.permutation(10 * items)[:items]
    taste = random.normal(size=users)[pairs.user] + random.normal(size=items)[pairs["item"]]
    return pd.DataFrame(
        {
            "user_id": names[0][pairs.user],
            "item_id": names[1][pairs["item"]],
            "value": np.exp(taste + random.normal(size=len(pairs))),
        }
    )


def parted(rows, seed):
    random = np.random.default_rng([seed, 1])
    drawn = rows.iloc[random.permutation(len(rows))]
    return {"train": drawn[: int(0.8 * len(rows))], "test": drawn[int(0.8 * len(rows)) :]}


def by(rows, what, how):
    return rows.assign(value=rows.groupby(what).value.transform(how))


SCALED = {
    "by the largest": lambda values: values / values.max(),
    "to the range": lambda values: (values - values.min()) / max(np.ptp(values), 1e-9),
    "by the sum": lambda values: values / values.sum(),
    "by the mean": lambda values: values - values.mean(),
    "to z-scores": lambda values: (values - values.mean()) / values.std(ddof=0),
    "by the length": lambda values: values / np.sqrt((values**2).sum()),
}


@pytest.mark.parametrize("what", ["user", "item"])
@pytest.mark.parametrize("how", SCALED)
def test_normalisers(audit, how, what):
    rows = listens(3)
    rows = rows[rows.groupby(f"{what}_id").value.transform("size") > 2]
    _, report = audit(**parted(by(rows, f"{what}_id", SCALED[how]), 3))
    texts = [one["text"] for one in of_check(report, "normaliser")]
    assert [f"scaled {how} of each {what}, held-out rows included" in text for text in texts] == [True]


@pytest.mark.parametrize("how", SCALED)
def test_a_normaliser_of_train_alone_is_no_leak(audit, how):
    rows = listens(4)
    parts = parted(rows[rows.groupby("user_id").value.transform("size") > 4], 4)
    parts["train"] = by(parts["train"], "user_id", SCALED[how])
    assert audit(**parts)[0] == 0


def test_the_largest_by_hand(audit):
    """A hundred users with values 1, .6, .5, .4, and for the first fifteen the 1 is in test."""
    rows = [(user, 4 * user + n, value) for user in range(100) for n, value in enumerate((1.0, 0.6, 0.5, 0.4))]
    held_out = [row[2] == (1 if row[0] < 15 else 0.5) for row in rows]
    names = ("user_id", "item_id", "value")
    test = frame([row for row, out in zip(rows, held_out, strict=True) if out], *names)
    train = frame([row for row, out in zip(rows, held_out, strict=True) if not out], *names)
    _, report = audit(train=train, test=test.sample(frac=1, random_state=0))
    (one,) = of_check(report, "normaliser")
    assert (one["count"], one["of"]) == (15, 100) and "in train at most .6" in one["text"]
    # train alone tells it of a test file without values
    _, report = audit(train=train, test=test[["user_id", "item_id"]])
    assert of_check(report, "normaliser")[0]["count"] == 15


def test_stars_from_1_to_5_are_no_normaliser(audit):
    rows = listens(5)
    rows["value"] = np.random.default_rng(5).integers(1, 6, len(rows))
    assert not of_check(audit(**parted(rows, 5))[1], "normaliser")


# ------------------------------------------------------------------------------------------- ids and order


def crawled(seed):
    """Users whose new items were given the next ids, in the order of their value."""
    random = np.random.default_rng(seed)
    ids, rows = {}, []
    for user in range(60):
        for item in random.choice(5000, 20, replace=False):
            ids.setdefault(item, len(ids))
            rows.append((user, ids[item], float(20 - sum(row[0] == user for row in rows)) + random.normal()))
    return frame(rows, "user_id", "item_id", "value")


def test_ids_are_a_warning_and_a_leak_for_who_reads_them(audit):
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


def test_ids_of_new_items(audit):
    """Everybody's items of the largest ids are test."""
    rows = listens(6).sort_values("item_id")
    last = rows.groupby("user_id").cumcount(ascending=False) < 3
    _, report = audit(train=rows[~last].sample(frac=1), test=rows[last].sample(frac=1))
    assert any("item_id is larger in test" in one["text"] for one in of_check(report, "ids"))


def test_users_in_blocks(audit):
    users = np.arange(200)
    _, report = audit(train=frame(users[:160], "user_id"), test=frame(users[160:], "user_id"))
    assert "2 runs" in of_check(report, "ids")[0]["text"]
    drawn = np.random.default_rng(0).permutation(users)
    assert not audit(train=frame(drawn[:160], "user_id"), test=frame(drawn[160:], "user_id"))[1]
    twice = audit(train=frame(users[:160], "user_id"), test=frame(users[159:], "user_id"))[1]
    assert of_check(twice, "same_pair")[0]["example"] == {"user_id": 159}


def test_rows_sorted_by_value(audit):
    parts = parted(listens(7), 7)
    ordered = parts | {"test": parts["test"].sort_values(["user_id", "value"], ascending=[True, False])}
    status, report = audit(**ordered)
    assert (status, checks(report, "leak")) == (3, ["row_order"])
    assert "falls with the row's place in the file of test (rank correlation -1," in report[0]["text"]


def test_users_sorted_by_value(audit):
    """One row a user, best first."""
    train = frame([(user, item, 1.0 + (user * item) % 7) for user in range(40) for item in range(4)], *NAMES)
    test = frame([((7 * n) % 40, 5, 40.0 - n) for n in range(40)], *NAMES)
    assert checks(audit(train=train, test=test)[1], "leak") == ["row_order"]


NAMES = ("user_id", "item_id", "value")


def test_rows_in_the_order_of_ids_tell_what_ids_tell(audit):
    parts = {part: rows.sort_values(["user_id", "item_id"]) for part, rows in parted(crawled(1), 1).items()}
    status, report = audit(**parts)
    assert status == 0 and any("stand in the order of ids" in one["text"] for one in of_check(report, "ids"))


def test_rows_in_the_order_of_time_tell_what_time_tells(audit):
    """Users who like things less and less, split by time."""
    rows = listens(9).assign(time=np.arange(1200), value=-np.arange(1200.0) + listens(9).value)
    ordered = rows[960:].sort_values(["user_id", "time"])
    status, report = audit(train=rows[:960], test=ordered)
    assert (status, of_check(report, "row_order")[0]["severity"]) == (0, "note")
    status, report = audit(train=rows[:960].drop(columns="time"), test=ordered.drop(columns="time"))
    assert (status, checks(report, "leak")) == (3, ["row_order"])


def test_numbers_of_rows_tell_the_part_and_the_value(tmp_path, capsys):
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
        status, content = run(capsys, *options)
        texts = [one["text"] for one in content["findings"] if "the number of the row" in one["text"]]
        assert (status, len(texts)) == (0, expected) and content["read"].endswith("row number")
        assert run(capsys, *options, "--ids-as-features")[0] == (3 if expected else 0)


def test_numbers_of_rows_that_follow_time_are_no_news(audit):
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


# ------------------------------------------------------------------------------------------- random inputs


@settings(max_examples=25, derandomize=True)
@given(st.integers(0, 2**32), st.sampled_from(["pairs", "times", "edges", "users"]))
def test_an_honest_split_has_no_leak(seed, split_by):
    rows = listens(seed, rows=600)
    if split_by == "times":
        time = np.random.default_rng(seed).permutation(len(rows))
        rows = rows.assign(time=time).sort_values("time")
        parts = {"train": rows[:480], "test": rows[480:]}
    elif split_by == "edges":
        ends = rows.rename(columns={"user_id": "source", "item_id": "target"}).drop(columns="value")
        ends = pd.DataFrame(np.sort(ends, axis=1), columns=ends.columns).drop_duplicates()
        parts = parted(ends[ends.source < ends.target], seed)
    elif split_by == "users":
        test = np.random.default_rng(seed).choice(rows.user_id.unique(), 15, replace=False)
        parts = {"train": rows[~rows.user_id.isin(test)], "test": rows[rows.user_id.isin(test)]}
    else:
        parts = parted(rows, seed)
    assert not [one for one in findings(**parts) if one.severity == "leak"]


def test_false_alarms_are_rare():
    """Of 60 honest splits with shuffled ids, two at the most are warned of. (A warning wants to be the farthest of a
    hundred or four standard deviations off, in five tests.)"""
    warned = sum(any(one.check == "ids" for one in findings(**parted(listens(seed), seed))) for seed in range(60))
    assert warned <= 2 and SIGMAS == 4


def twins(rows, random):
    ends = rows.rename(columns={"user_id": "source", "item_id": "target"})
    ends["target"] += 10_000
    return parted(pd.concat([ends, ends.rename(columns={"source": "target", "target": "source"})]), 0)


def repeated(rows, random):
    parts = parted(rows, 0)
    return parts | {"test": pd.concat([parts["test"], parts["train"].sample(1, random_state=0)])}


def timed(rows, random):
    return parted(rows.assign(time=random.random(len(rows))), 0)


def shuffled_future(rows, random):
    """One training row too late."""
    rows = rows.assign(time=np.arange(len(rows)))
    return {"train": pd.concat([rows[:480], rows[-1:]]), "test": rows[480:-1]}


def ordered(rows, random):
    parts = parted(rows, 0)
    return parts | {"test": parts["test"].sort_values("value")}


def seen(rows, random):
    parts = parted(rows, 0)
    return parts | {"messages": pd.concat([parts["train"], parts["test"].sample(1, random_state=0)])}


PLANTED = {
    "same_pair": repeated,
    "reversed_twin": twins,
    "future": timed,
    "future_of_others": shuffled_future,
    "row_order": ordered,
    "messages": seen,
    "normaliser": lambda rows, random: parted(by(rows, "user_id", SCALED["by the largest"]), 0),
}


@pytest.mark.parametrize("check", PLANTED)
@settings(max_examples=8, derandomize=True)
@given(seed=st.integers(0, 2**32))
def test_every_planted_leak_is_seen(check, seed):
    parts = PLANTED[check](listens(seed, rows=600), np.random.default_rng(seed))
    assert check in {one.check for one in findings(**parts) if one.severity == "leak"}


# ------------------------------------------------------------------------------------------- works' splits, and ours


def of_folder(capsys, folder, *options, valid=True):
    parts = ("train", "valid", "test") if valid else ("train", "test")
    status, content = run(capsys, *(f"--{part}={folder}/{part}.parquet" for part in parts), *options)
    return status, content["findings"]


@pytest.fixture(scope="module")
def small_tables(tmp_path_factory):
    """Tables of 150 users: of those, some have both directions of their largest score in test."""
    raw, folder = tmp_path_factory.mktemp("raw"), tmp_path_factory.mktemp("tables")
    generate_dataset.main(["--users=150", "--artists=300", "--listens=3000", f"--output-folder={raw}"])
    build_tables.main([f"--raw={raw}", "--source=generated", f"--output-folder={folder}"])
    return folder


@pytest.mark.parametrize("valid", [True, False])
def test_the_first_works_split(small_tables, tmp_path, capsys, valid):
    """Reversed twins with the same score, the normaliser, and test scores among the messages."""
    listens = f"--listens={small_tables}/listens.parquet"
    make_splits.main([listens, "--protocol=published", "--seed=42", f"--output-folder={tmp_path}"])
    parts = [pd.read_parquet(tmp_path / f"{part}.parquet") for part in ("train", "valid", "test")]
    pd.concat(parts).to_parquet(tmp_path / "messages.parquet")
    capsys.readouterr()
    status, report = of_folder(capsys, tmp_path, f"--messages={tmp_path}/messages.parquet", valid=valid)
    assert (status, checks(report, "leak")) == (3, ["messages", "normaliser", "reversed_twin"])
    test = next(one for one in of_check(report, "reversed_twin") if one["text"].split()[3] == "test")
    assert 0.7 < test["count"] / test["of"] < 0.9 and f"{test['count']} of them with the same liking" in test["text"]
    assert {one["count"] / one["of"] for one in of_check(report, "messages")} == {1.0}


def test_the_first_works_edges_as_its_code_has_them(tiny_listens, audit):
    """Nodes of one set, the artists' ids after the users': a permutation of the directed edges."""
    ends = pd.DataFrame(
        {"source": tiny_listens.user_id, "target": 2100 + tiny_listens.artist_id, "weight": tiny_listens.liking}
    )
    edges = pd.concat([ends, ends.rename(columns={"source": "target", "target": "source"})])
    _, report = audit(**parted(edges, 42))
    assert "reversed_twin" in checks(report, "leak")


def test_our_liking_splits(small_tables, tmp_path, capsys):
    """By pair: none. The paper's target, divided by the largest of all listens, is a leak in any split."""
    shared = [f"--listens={small_tables}/listens.parquet", "--protocol=strict", "--seed=0"]
    make_splits.main([*shared, f"--output-folder={tmp_path}/all"])
    make_splits.main([*shared, "--normaliser=train", f"--output-folder={tmp_path}/train"])
    capsys.readouterr()
    status, report = of_folder(capsys, tmp_path / "train", f"--messages={tmp_path}/train/train.parquet")
    assert status == 0 and not checks(report, "leak")
    status, report = of_folder(capsys, tmp_path / "all", f"--messages={tmp_path}/all/train.parquet")
    assert (status, checks(report, "leak")) == (3, ["normaliser"])
    status, report = of_folder(capsys, tmp_path / "all", "--accept=normaliser")
    assert (status, checks(report, "accepted")) == (0, ["normaliser"])


def test_our_ranking_and_friends_splits(tiny_tables, asia_tables, tmp_path, capsys):
    make_ranking_splits.main(
        [f"--listens={tiny_tables}/listens.parquet", "--seed=0", f"--output-folder={tmp_path}/ranking"]
    )
    for name, tables, friends in (("hetrec", tiny_tables, "friends"), ("asia", asia_tables, "friendships")):
        shared = [f"--users={tables}/users.parquet", f"--friendships={tables}/{friends}.parquet", "--seed=0"]
        make_friend_splits.main([*shared, f"--output-folder={tmp_path}/{name}"])
    capsys.readouterr()
    for name in ("ranking", "hetrec", "asia"):
        status, report = of_folder(capsys, tmp_path / name, f"--messages={tmp_path}/{name}/train.parquet")
        assert status == 0 and not checks(report, "leak"), name


@pytest.mark.parametrize("fold", ["fold_0", "fold_4", "single"])
def test_the_second_works_folds_and_ours(asia_tables, tmp_path, capsys, fold):
    """The same folds; the notebooks read friendships one way, by id, and have the labels of artists as features."""
    edges = pd.read_parquet(asia_tables / "friendships.parquet")
    edges.to_parquet(tmp_path / "published.parquet")
    back = edges.rename(columns={"user_id": "friend_id", "friend_id": "user_id"})
    pd.concat([edges, back]).to_parquet(tmp_path / "ours.parquet")
    status, report = of_folder(capsys, asia_tables / "region" / fold, f"--edges={tmp_path}/published.parquet")
    assert (status, checks(report, "leak")) == (3, ["one_way"])
    (one,) = of_check(report, "one_way")
    test = set(pd.read_parquet(asia_tables / "region" / fold / "test.parquet").user_id)
    assert one["count"] == len(test - set(edges.friend_id))
    status, report = of_folder(capsys, asia_tables / "region" / fold, f"--edges={tmp_path}/ours.parquet")
    assert (status, checks(report, "note")) == (0, ["transductive"])

    artists, likes = asia_tables / "artists" / fold, pd.read_parquet(asia_tables / "likes.parquet")
    status, report = of_folder(capsys, artists, f"--messages={asia_tables}/likes.parquet")
    assert (status, checks(report, "leak")) == (3, ["messages"])
    train = pd.read_parquet(artists / "train.parquet").user_id
    likes[likes.user_id.isin(train)].to_parquet(tmp_path / "ours.parquet")
    status, report = of_folder(capsys, artists, f"--messages={tmp_path}/ours.parquet")
    assert (status, of_check(report, "messages")) == (0, [])
    # published masking: the lists of a tenth of train are hidden from the model at test, too
    likes[likes.user_id.isin(train[: len(train) * 9 // 10])].to_parquet(tmp_path / "masked.parquet")
    status, report = of_folder(capsys, artists, f"--messages={tmp_path}/masked.parquet")
    assert (status, [one["severity"] for one in of_check(report, "messages")]) == (0, ["note"])
    assert "training rows" in of_check(report, "messages")[0]["text"]


# ------------------------------------------------------------------------------------------- files


def test_csv_and_parquet_are_read_alike(tmp_path, capsys):
    parts = parted(listens(8), 8)
    for part, rows in parts.items():
        rows.to_parquet(tmp_path / f"{part}.parquet", index=False)
        rows.to_csv(tmp_path / f"{part}.csv", index=False)
        rows.to_csv(tmp_path / f"{part}.tsv", index=False, sep="\t", encoding="utf-8-sig")
        rows.to_csv(tmp_path / f"{part}.txt", index=False, sep=";", lineterminator="\r\n")
    outputs = [
        run(capsys, f"--train={tmp_path}/train.{one}", f"--test={tmp_path}/test.{other}")
        for one, other in (("parquet", "parquet"), ("csv", "csv"), ("tsv", "txt"), ("csv", "parquet"))
    ]
    assert all(output == outputs[0] for output in outputs)


def test_columns_are_recognised_or_named(tmp_path, capsys):
    for part in ("train", "test"):
        (tmp_path / f"{part}.csv").write_text(f"who,userID,Artist ID,weight,other\nx,1,{len(part)},2.5,9\n")
    files = f"--train={tmp_path}/train.csv", f"--test={tmp_path}/test.csv"
    assert run(capsys, *files)[1]["read"] == "train: 1 rows, test: 1 rows; userID and Artist ID, value weight"
    named = ["--user=who", "--item=other", "--value=userID", "--time=weight"]
    assert run(capsys, *files, *named)[1]["read"].endswith("; who and other, value userID, time weight")


def test_ids_that_look_alike_are_not_the_same(audit):
    train = frame([("007", "a"), ("8", "b")])
    assert not of_check(audit(train=train, test=frame([("7", "a"), ("8", "c")]))[1], "same_pair")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "the header is"),
        ("user,item\n", "no rows"),
        ("user,item\n1,2\n3\n", "not a readable CSV"),
        ("user,item\n1,\n", "row 1 below the header: item is missing"),
        ("user,item,value\n1,2,3\n1,3,much\n", "row 2 below the header: value is no number"),
        ("user,item,date\n1,2,yesterday\n", "neither a number nor a date"),
        ("a,b\n1,2\n", "give --user and --item"),
        ("user,user\n1,2\n", "name every column, and each once"),
        (b"user,item\n\xff\xfe,1\n", "UTF"),
        (b"PAR1 and no more", "not a readable"),
        ("user\n1\n", "columns of different kinds"),
    ],
)
def test_bad_files_are_one_line(tmp_path, content, said):
    (tmp_path / "train.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    (tmp_path / "test.csv").write_text("user,item\n1,1\n")
    with pytest.raises(InputError, match=re.escape(said)) as raised:
        audit_split.main([f"--train={tmp_path}/train.csv", f"--test={tmp_path}/test.csv"])
    assert str(tmp_path / "train.csv") in str(raised.value) and "\n" not in str(raised.value)


def test_parquet_of_types_that_are_no_ids(tmp_path):
    rows = frame([(1, {"a": 1}), (2, {"a": 2})])
    rows.to_parquet(tmp_path / "a.parquet")
    with pytest.raises(InputError, match="row 1 below the header: item_id is of type struct"):
        audit_split.main([f"--train={tmp_path}/a.parquet", f"--test={tmp_path}/a.parquet"])
    frame([(1.5, 1)]).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(InputError, match="user_id is no whole number"):
        audit_split.main([f"--train={tmp_path}/a.parquet", f"--test={tmp_path}/a.parquet"])


def test_lists_of_items_are_rows(tmp_path, capsys):
    frame([(1, [3, 4]), (2, [])], "user_id", "artists").to_parquet(tmp_path / "train.parquet")
    frame([(2, [5])], "user_id", "artists").to_parquet(tmp_path / "test.parquet")
    frame([(2, 5), (1, 3)], "user_id", "artist_id").to_parquet(tmp_path / "messages.parquet")
    options = [f"--{part}={tmp_path}/{part}.parquet" for part in ("train", "test", "messages")]
    _, content = run(capsys, *options)
    assert content["read"].startswith("train: 2 rows, test: 1 rows")
    assert [(one["severity"], one["count"]) for one in of_check(content["findings"], "messages")] == [
        ("leak", 1),
        ("note", 1),
    ]


def test_missing_files_and_columns(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        read_table(tmp_path / "none.csv")
    (tmp_path / "a.csv").write_text("user,item\n1,1\n")
    with pytest.raises(InputError, match="no column 'stars' for --value; its columns are"):
        audit_split.main([f"--train={tmp_path}/a.csv", f"--test={tmp_path}/a.csv", "--value=stars"])
    with pytest.raises(InputError, match="--edges goes with a split by users"):
        audit_split.main([*(f"--{name}={tmp_path}/a.csv" for name in ("train", "test", "edges"))])


def test_as_text_and_exit_status_of_the_program(tmp_path, monkeypatch, capsys):
    for part, rows in (("train", "1,1\n1,2\n"), ("test", "1,2\n1,3\n")):
        (tmp_path / f"{part}.csv").write_text("user_id,item_id\n" + rows)

    def program(*options):
        done = subprocess.run(
            [sys.executable, ROOT / "workflow/scripts/audit/audit_split.py", *options],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout.splitlines(), done.stderr

    status, lines, error = program("--train=train.csv", "--test=test.csv")
    assert (status, error) == (3, "")
    assert lines == [
        "train: 2 rows, test: 2 rows; user_id and item_id",
        "LEAK     same_pair: 1 of 2 test rows (50 %) are in train, too, such as user_id 1, item_id 2",
        "NOTE     cold: 1 of 2 items of test (50 %) are not in train; so are those of 1 of 2 test rows (50 %),"
        " such as user_id 1, item_id 3",
        "not looked at: reversed_twin (users and items are two sets, and there is no direction); normaliser (no"
        " values); row_order (no values); future (no times); future_of_others (no times); messages (no --messages)",
        "leaks 1, warnings 0, notes 1",
    ]
    status, lines, error = program("--train=train.csv", "--test=none.csv")
    assert (status, lines) == (1, []) and len(error.splitlines()) == 1
    monkeypatch.chdir(tmp_path)
    assert audit_split.main(["--train=train.csv", "--test=test.csv", "--accept=same_pair"]) is None
    assert capsys.readouterr().out.splitlines()[-1] == "leaks 0, warnings 0, notes 1, accepted 1"
    with pytest.raises(SystemExit) as ended:
        audit_split.main(["--train=train.csv"])
    assert ended.value.code == 2
