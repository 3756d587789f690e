"""EASE of many users: a regression among the artists of most listeners, after whom all others come."""

import numpy as np
import pytest
import scipy.sparse as sp

from lastfm_gnn.core.program import InputError
from lastfm_gnn.ranking.models import ease
from lastfm_gnn.ranking.problem import RankingProblem, Restricted, best_artists, by_step

SETTINGS = ease.Settings(ridge=5, damping=0.25, popularity=0.15)


@pytest.fixture(scope="module")
def problem():
    random = np.random.default_rng(0)
    plays = random.integers(1, 50, size=(40, 25)) * (random.random((40, 25)) < random.random(25))
    plays[0] = 0  # a user without a listen
    return RankingProblem(sp.csr_array(plays.astype(np.float32)))


def test_what_would_not_fit_into_memory_is_told_before_it_starts(monkeypatch):
    many = RankingProblem(sp.csr_array((10**6, 10**6), dtype=np.float32))
    with pytest.raises(InputError, match=r"1,000,000 artists needs [\d,]+ GiB of memory, .* free; take popularity"):
        ease.all_scores(many, SETTINGS)
    monkeypatch.setattr(ease, "FIT", 10**6)
    with pytest.raises(InputError, match=r"1,000,000 artists needs [\d,]+ GiB of memory, .* free; take popularity"):
        ease.fit(many, SETTINGS, 0)


def test_among_all_artists_it_is_ease(problem):
    scores = ease.restricted(problem, SETTINGS, 25)
    np.testing.assert_allclose(scores[0:40], ease.fit(problem, SETTINGS, 0), rtol=1e-3, atol=1e-5)


def test_the_artists_of_most_listeners_come_first_and_the_others_by_their_listeners(problem, monkeypatch, capsys):
    monkeypatch.setattr(ease, "DENSE_USERS", 39)
    monkeypatch.setattr(ease, "FIT", 10)
    [(_, scores)] = by_step(ease.fit(problem, SETTINGS, 0))
    assert isinstance(scores, Restricted)
    assert "among the 10 artists of most listeners; the other 15 come last" in capsys.readouterr().out
    count = np.maximum(np.diff(problem.listens.tocsc().indptr), 1)
    order = np.argsort(-count, kind="stable")
    best = best_artists(scores, sp.csr_array((40, 25), dtype=np.float32), 25)
    for row in best:
        assert set(row[:10]) == set(order[:10])
        assert (np.diff(count[row[10:]]) <= 0).all()
    np.testing.assert_allclose(scores[3:5], scores[0:40][3:5])
