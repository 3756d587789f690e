"""Artists of users: baselines, diffusion and metrics by hand and against scikit-learn."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import ndcg_score

import evaluate_artists
from lastfm_gnn.asia.artist_models import likes_nothing, neighbour_mean, pagerank_mean, popularity
from lastfm_gnn.asia.problems import ArtistProblem
from lastfm_gnn.asia.taste import diffuse
from lastfm_gnn.asia.users import ArtistPart
from lastfm_gnn.data.friendships import FriendGraph
from lastfm_gnn.metrics import ranked_lists
from lastfm_gnn.metrics.ranked_lists import ndcg, recall, top

# a path 0 - 1 - 2 - 3; the lists of 0 and 1 are known
PATH = FriendGraph(np.arange(4), pd.DataFrame([(0, 1), (1, 2), (2, 3)], columns=["user_id", "friend_id"]))
KNOWN = ArtistPart(np.array([0, 1]), likes=sp.csr_array(np.array([[1, 1, 0], [0, 1, 0]], dtype=np.float32)))
PROBLEM = ArtistProblem(PATH, np.zeros((4, 1), dtype=np.float32), KNOWN, np.array([2, 3]), np.full(4, -1))


def test_baselines_by_hand():
    assert likes_nothing.fit(PROBLEM, likes_nothing.Settings(), 0).tolist() == [[0, 0, 0]] * 2
    assert popularity.fit(PROBLEM, popularity.Settings(), 0).tolist() == [[0.5, 1, 0]] * 2
    # user 2 has the known friend 1; user 3 has none
    scores = neighbour_mean.fit(PROBLEM, neighbour_mean.Settings(shrinkage=1.0), 0)
    assert scores == pytest.approx(np.array([[0.25, 1, 0], [0.5, 1, 0]]))


def test_pagerank_is_the_closed_form():
    walk = PATH.adjacency.toarray() / PATH.degree[:, None]
    exact = 0.3 * np.linalg.inv(np.eye(4) - 0.7 * walk)
    assert PATH.pagerank(np.array([0, 1]), 0.3) == pytest.approx(exact[:, :2], abs=1e-4)
    scores = pagerank_mean.fit(PROBLEM, pagerank_mean.Settings(restart=0.3, shrinkage=0.1), 0)
    weight = exact[2, :2]
    assert scores[0, 0] == pytest.approx((weight[0] + 0.1 * 0.5) / (weight.sum() + 0.1), abs=1e-4)


def test_diffused_taste_leaves_ones_own_list_out():
    embedding = np.random.default_rng(0).normal(size=(4, 2)).astype(np.float32)
    lists = sp.csr_array(np.array([[1, 1, 0, 0], [0, 1, 0, 1]], dtype=np.float32))
    known = ArtistPart(np.array([0, 1]), likes=lists)
    taste = diffuse(replace(PROBLEM, embedding=embedding, known=known), 1)
    assert taste.weights[:, [0, 1], [0, 1]].tolist() == [[0, 0]] * 4
    walk = PATH.pagerank(np.array([0, 1]), 0.15)
    # user 0 has one friend, user 1 two
    assert taste.weights[2, 0, 1] == pytest.approx(walk[0, 1] * (1 / 2) ** 0.5)
    inputs, without = taste.inputs(), taste.inputs(np.array([False, True]))
    # user 1's own list changes nothing for user 1, and is all that user 0 sees
    assert without[1] == pytest.approx(inputs[1])
    assert without[0, :4] != pytest.approx(inputs[0, :4])


@given(
    likes=arrays(bool, (3, 30)),
    scores=arrays(np.float64, (3, 30), elements=st.floats(0, 1), unique=True),
)
def test_ndcg_is_scikit_learns_and_recall_counts(likes, scores):
    best = top(scores, 20)
    gains = ndcg(likes, best)
    sparse = sp.csr_array(likes)
    assert np.array_equal(ndcg(sparse, best), gains, equal_nan=True)
    assert np.array_equal(recall(sparse, best), recall(likes, best), equal_nan=True)
    for row in range(3):
        if not likes[row].any():
            assert np.isnan(gains[row]) and np.isnan(recall(likes, best)[row])
            continue
        # scikit-learn's ideal list is as long as the liked ones, cut at 20
        assert gains[row] == pytest.approx(ndcg_score(likes[[row]].astype(float), scores[[row]], k=20))
        assert recall(likes, best)[row] == likes[row, best[row]].sum() / likes[row].sum()


def test_ties_are_not_broken_by_artist_id():
    assert top(np.zeros((1, 1000)), 20).max() > 500


@given(st.integers(0, 2**32), st.integers(1, 30), st.integers(2, 3000))
def test_the_top_of_many_columns_is_that_of_all_whatever_is_equal(seed, count, different):
    random = np.random.default_rng(seed)
    scores = random.integers(different, size=(4, 600)) / different
    scores[1] = random.permutation(600)  # no ties
    scores[2, random.integers(600, size=570)] = -np.inf
    assert np.array_equal(top(scores, count), ranked_lists._top(scores, count))


def test_threshold_and_scores_by_hand():
    likes = np.array([[True, False, True], [False, False, False]])
    scores = np.array([[0.9, 0.2, 0.4], [0.3, 0.1, 0.0]])
    assert evaluate_artists.best_threshold(likes, scores) == 0.4
    metrics, rows = evaluate_artists.measure(likes, scores, np.array([5, 7, 9]), 0.4)
    assert metrics["micro_f1"] == 1 and metrics["average_precision"] == 1
    assert metrics["one_minus_hamming"] == pytest.approx(5 / 6)  # .4 is below one half
    assert metrics["macro_f1"] == pytest.approx(2 / 3)
    assert rows.best[0] == [5, 9, 7]
    assert rows.loc[1, ["f1", "average_precision", "recall_20", "ndcg_20"]].isna().all()


def test_likes_nothing_has_the_share_of_zeros():
    likes = np.array([[True, False, True, False]])
    metrics, _ = evaluate_artists.measure(likes, np.zeros((1, 4)), np.arange(4), 0.0)
    assert metrics["one_minus_hamming"] == 0.5 and metrics["micro_f1"] == 0
