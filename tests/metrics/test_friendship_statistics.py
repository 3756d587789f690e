"""Tests and intervals over friendships, which depend on each other where they share a user."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, ttest_1samp

from evaluate_friends import of_friendships
from lastfm_gnn.metrics.statistics import (
    compare,
    friendship_error,
    interval,
    pooled,
)


def test_the_two_ends_of_a_friendship_are_one():
    ends = pd.DataFrame({"user_id": [1, 1, 2, 3], "friend_id": [2, 3, 1, 1], "mrr": [1.0, 0.5, 0.0, 0.1]})
    pairs = of_friendships(ends)
    assert pairs.to_numpy().tolist() == [[1, 2, 0.5], [1, 3, 0.3]]
    both = pooled([pairs, pairs.assign(user_id=[1, 4], mrr=[0.7, 0.2])], "mrr", by_count=False)
    assert both.index.tolist() == [(1, 2), (1, 3), (4, 3)] and both.total.tolist() == pytest.approx([1.2, 0.3, 0.2])
    assert both.weight.tolist() == [2, 1, 1]


def friendships(pairs, total):
    return pd.DataFrame({"total": total, "weight": 1.0}, index=pd.MultiIndex.from_tuples(pairs))


def test_friendships_that_share_a_user_count_together():
    """Residuals 1, 1, -2 of mean 1: the first two share user 1, so that the variance is 1 + 1 + 4 + 2 · 1 · 1."""
    pairs = friendships([(1, 2), (1, 3), (4, 5)], [2.0, 2, -1])
    assert friendship_error(pairs) == pytest.approx(np.sqrt(8))
    low, high = interval(pairs)
    assert (low + high) / 2 == pytest.approx(1) and high - low == pytest.approx(2 * 1.96 * np.sqrt(8) / 3, abs=1e-4)
    assert compare(pairs, pairs * [0, 1])["p"] == pytest.approx(2 * norm.sf(3 / np.sqrt(8)))
    # apart, they are as independent values; opposed at one user, no surer than those
    assert friendship_error(friendships([(1, 2), (3, 4), (5, 6)], [2.0, 2, -1])) == pytest.approx(np.sqrt(6))
    assert friendship_error(friendships([(1, 2), (1, 3)], [1.0, -1])) == pytest.approx(np.sqrt(2))


def test_p_over_friendships_is_even_where_users_differ_at_random():
    """300 times, 300 friendships among 60 users, whose differences are those of their two users: p below .05 is rare,
    though a test of independent friendships has it in more than a fifth of all."""
    random = np.random.default_rng(0)
    rejected, naive = [], []
    for _ in range(300):
        ends = np.unique(np.sort(random.integers(0, 60, (300, 2)), axis=1), axis=0)
        total = random.normal(size=60)[ends].sum(1) + random.normal(size=len(ends))
        one = friendships(list(map(tuple, ends)), total)
        rejected.append(compare(one, one * [0, 1])["p"] < 0.05)
        naive.append(ttest_1samp(total, 0).pvalue < 0.05)
    assert 0.02 < np.mean(rejected) < 0.11 and np.mean(naive) > 0.2
