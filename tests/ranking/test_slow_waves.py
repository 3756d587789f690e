"""The graph filter of many users, whose scores are products of its slowest waves."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from lastfm_gnn.core.program import InputError
from lastfm_gnn.data.listens import Side
from lastfm_gnn.ranking import graph_filter as filters
from lastfm_gnn.ranking import problem
from lastfm_gnn.ranking.graph_filter import FilterSettings, GraphFilter, slow_waves
from lastfm_gnn.ranking.models import graph_filter
from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.scores import Factors

SETTINGS = FilterSettings(cut=3, order=3, damping=0.25, popularity=0.1, friends=0.1)
FRIENDS = sp.csr_array(np.kron(np.eye(5), [[0, 1, 1, 0], [1, 0, 0, 0], [1, 0, 0, 0], [0] * 4]).astype(np.float32))
NOBODY = np.zeros(0, dtype=np.int64)


@pytest.fixture(scope="module")
def listens():
    random = np.random.default_rng(0)
    plays = random.integers(1, 50, size=(20, 30)) * (random.random((20, 30)) < 0.3)
    plays[0] = 0  # a user without a listen
    return sp.csr_array(plays.astype(np.float32))


def test_what_would_not_fit_into_memory_is_told_before_it_starts():
    many = sp.csr_array((10**6, 10**6), dtype=np.float32)
    with pytest.raises(InputError, match=r"artists needs [\d,]+ GiB of memory, .* free; take popularity or als"):
        graph_filter.fit(RankingProblem(many), replace(SETTINGS, cut=10**5), 0)
    with pytest.raises(InputError, match=r"all waves of 1,000,000 users needs [\d,]+ GiB .* free; take fewer users"):
        GraphFilter(many, SETTINGS)


def test_all_waves_give_the_scores_of_the_filter(listens, monkeypatch):
    monkeypatch.setattr(filters, "SLOW", 10)  # times 3: more waves than users
    graph = GraphFilter(listens, SETTINGS)
    for friends in (None, FRIENDS):
        scores = slow_waves(listens, friends, SETTINGS)
        np.testing.assert_allclose(scores[0:20], graph.scores(graph.weights, friends), atol=1e-4)
        np.testing.assert_allclose(scores[5:9], scores[0:20][5:9], atol=1e-6)


def test_the_slowest_waves_alone_give_what_they_carry(listens, monkeypatch):
    """By an eigendecomposition of its own: P_k h(λ_k) P_kᵀ weights, of the six slowest waves."""
    monkeypatch.setattr(filters, "SLOW", 2)
    graph = GraphFilter(listens, SETTINGS)
    values, waves = np.linalg.eigh((graph.weights @ graph.weights.T).toarray())
    kept = waves[:, -6:] / (1 + (values[-3] / values[-6:]) ** 3) @ waves[:, -6:].T
    count = np.maximum((listens > 0).sum(0), 1)
    expected = kept @ graph.weights.toarray() * count**0.1
    np.testing.assert_allclose(slow_waves(listens, None, SETTINGS)[0:20], expected, atol=1e-4)


def test_many_users_have_slow_waves(listens, monkeypatch):
    side = Side(FRIENDS, NOBODY, NOBODY, NOBODY, NOBODY)
    known = RankingProblem(listens), RankingProblem(listens, side, "friends")
    for one in known:
        assert isinstance(graph_filter.fit(one, SETTINGS, 0), np.ndarray)
    monkeypatch.setattr(problem, "DENSE_USERS", 19)
    waves, with_friends = (graph_filter.fit(one, SETTINGS, 0) for one in known)
    assert isinstance(waves, Factors) and waves.users.shape == (20, 12)
    assert not isinstance(with_friends, np.ndarray)
    moved = np.abs(with_friends[0:20] - waves[0:20]).max(1) > 1e-4
    assert np.array_equal(moved, FRIENDS @ listens.sum(1) > 0)
