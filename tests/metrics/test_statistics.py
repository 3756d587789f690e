"""Tests and intervals over users and seeds."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import kstest, ttest_1samp, ttest_rel

from lastfm_gnn.metrics import statistics
from lastfm_gnn.metrics.statistics import (
    compare,
    corrected_t,
    holm,
    interval,
    note,
    over_seeds,
    pooled,
    rank_biserial,
)

NUMBERS = st.floats(-100, 100).map(lambda number: round(number, 3))


@pytest.mark.parametrize("units", [1, 7, 40])
def test_an_interval_of_draws_made_in_parts_is_the_same(monkeypatch, units):
    rows = pd.DataFrame(np.random.default_rng(units).random((units, 2)) + 1, columns=["total", "weight"])
    whole = interval(rows)
    monkeypatch.setattr(statistics, "KEPT", units - 1)
    assert interval(rows) == pytest.approx(whole, rel=1e-12)


def test_pooled_interval_and_comparison_by_hand():
    seeds = [
        pd.DataFrame({"user_id": [1, 2], "count": [2, 1], "mse": [1.0, 4.0], "spearman": [0.5, np.nan]}),
        pd.DataFrame({"user_id": [1, 3], "count": [1, 1], "mse": [4.0, 2.0], "spearman": [0.1, 0.2]}),
    ]
    by_pair = pooled(seeds, "mse", by_count=True)
    assert by_pair.total.tolist() == [6, 4, 2] and by_pair.weight.tolist() == [3, 1, 1]
    assert pooled(seeds, "spearman", by_count=False).index.tolist() == [1, 3]
    low, high = interval(pd.DataFrame({"total": [1.0, 2, 3], "weight": 1.0}))
    assert 1 <= low < 2 < high <= 3
    assert rank_biserial(np.array([1.0, 2, 3, 0])) == 1 and rank_biserial(np.array([-1.0, 2])) == pytest.approx(1 / 3)


def test_p_is_of_the_difference_that_is_printed():
    random = np.random.default_rng(0)
    count = random.integers(1, 9, 50)
    one, other = (pd.DataFrame({"user_id": range(50), "count": count, "mse": random.random(50)}) for _ in range(2))
    by_user = compare(pooled([one], "mse", False), pooled([other], "mse", False))
    assert by_user["difference"] == pytest.approx((one.mse - other.mse).mean())
    assert by_user["p"] == pytest.approx(ttest_rel(one.mse, other.mse).pvalue)
    assert by_user["low"] < by_user["difference"] < by_user["high"]
    by_pair = compare(pooled([one], "mse", True), pooled([other], "mse", True))
    assert by_pair["difference"] == pytest.approx(np.average(one.mse - other.mse, weights=count))
    # ranks say one, the mean says the other: nine users a little better, one much worse
    much = pd.DataFrame({"total": [-1.0] * 9 + [9.0], "weight": 1.0})
    assert compare(much, much * [0, 1])["p"] == 1
    alone = compare(much[:1], much[:1] * [0, 1])
    assert alone["difference"] == -1 and np.isnan(alone["p"])
    assert compare(much, much)["p"] == 1
    nobody = compare(much[:0], much)
    assert all(np.isnan(value) for value in nobody.values())


def test_p_over_users_is_even_where_nothing_differs():
    """400 times, 200 users with two models of equal means, pairs unevenly spread."""
    random = np.random.default_rng(0)
    p_values = []
    for _ in range(400):
        weight = random.integers(1, 6, 200)
        one, other = (
            pd.DataFrame({"total": random.exponential(1, 200) * weight, "weight": weight}) for _ in range(2)
        )
        p_values.append(compare(one, other)["p"])
    assert kstest(p_values, "uniform").pvalue > 0.01


def test_corrected_t_by_hand():
    # mean 2, variance 1: t = 2 / sqrt(1 / 3 + 1 / 3) = sqrt(6); with 2 degrees of freedom p = 1 - t / sqrt(t² + 2)
    assert corrected_t(np.array([1.0, 2.0, 3.0]), 1 / 3) == pytest.approx(1 - np.sqrt(6 / 8))


def test_corrected_t_without_overlap_is_students_and_overlap_raises_p():
    differences = np.random.default_rng(0).normal(0.5, 1, 6)
    student = corrected_t(differences, 0)
    assert student == pytest.approx(ttest_1samp(differences, 0).pvalue)
    assert student < corrected_t(differences, 0.1) < corrected_t(differences, 0.25)
    assert corrected_t(-differences, 0.1) == pytest.approx(corrected_t(differences, 0.1))


def test_corrected_t_of_equal_differences_or_too_few():
    assert corrected_t(np.zeros(5), 0.25) == 1
    assert corrected_t(np.full(5, 0.5), 0.25) == 0
    assert np.isnan(corrected_t(np.array([0.3]), 0.25))


def test_over_seeds_by_hand():
    """Mean 3, variance 2.5: t = 3 / sqrt((1/5 + 1/8) 2.5) = 3.328, of four degrees of freedom."""
    row = over_seeds(np.array([2.0, 1, 3, 5, 4]))
    assert row["smallest_seed_difference"] == 1 and row["largest_seed_difference"] == 5
    assert row["p_seeds"] == pytest.approx(0.0291, abs=1e-4)
    assert np.isnan(over_seeds(np.ones(1))["p_seeds"]) and over_seeds(np.ones(1))["smallest_seed_difference"] == 1
    assert all(np.isnan(value) for value in over_seeds(np.zeros(0)).values())


@given(arrays(float, st.integers(2, 9), elements=NUMBERS))
def test_seeds_are_never_surer_than_if_they_were_independent(difference):
    row, turned = over_seeds(difference), over_seeds(-difference)
    assert row["p_seeds"] == turned["p_seeds"]
    assert row["smallest_seed_difference"] == -turned["largest_seed_difference"]
    if np.ptp(difference):
        assert row["p_seeds"] >= ttest_1samp(difference, 0).pvalue - 1e-12


@settings(max_examples=30)
@given(arrays(float, (20, 2), elements=NUMBERS))
def test_comparing_the_other_way_round_turns_the_sign(scores):
    one, other = (pd.DataFrame({"total": column, "weight": 1.0}) for column in scores.T)
    row, turned = compare(one, other), compare(other, one)
    assert row["difference"] == pytest.approx(-turned["difference"])
    assert row["low"] == pytest.approx(-turned["high"]) and row["p"] == pytest.approx(turned["p"])
    assert row["rank_biserial"] == pytest.approx(-turned["rank_biserial"])


def test_holm_by_hand():
    p = pd.Series([0.01, 0.04, np.nan, 0.03])
    assert holm(p).tolist()[:2] == pytest.approx([0.03, 0.06]) and holm(p)[3] == pytest.approx(0.06)
    assert np.isnan(holm(p)[2])


def test_few_pairs_and_few_users_are_named():
    assert note(99, 99) == "too few test pairs to mean anything (99)"
    assert note(100, 29) == "too few users for intervals and tests (29)" and note(100, 30) == ""
    assert note(100, 3, "friendships") == "too few friendships for intervals and tests (3)"
