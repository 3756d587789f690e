"""Random splits: an honest one has no leak, and every leak that is planted is seen."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditing import SCALED, by, findings, listens, parted
from lastfm_gnn.audit.order import SIGMAS


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
    """Of 60 honest splits with shuffled ids, at most two give a warning. (A warning is given where one of five tests
    is the farthest of a hundred shuffles, or four standard deviations off.)"""
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
