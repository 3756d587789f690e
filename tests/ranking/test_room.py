"""Scores in blocks, and what would not fit into memory."""

from importlib import import_module

import numpy as np
import pytest
import scipy.sparse as sp

from lastfm_gnn.core import places
from lastfm_gnn.core.program import InputError
from lastfm_gnn.ranking import scores
from lastfm_gnn.ranking.models import item_knn
from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.scores import (
    ByUsers,
    Factors,
    SparseFactors,
    best_and_scores,
    best_artists,
    by_step,
    scores_at,
)
from two_kinds import MODELS, NO_SIDE, make_listens


@pytest.fixture(scope="module")
def listens():
    return make_listens()


@pytest.mark.parametrize("block", [1, 500, 1 << 26])
def test_scores_of_chosen_artists_are_those_of_the_whole(listens, block, monkeypatch):
    monkeypatch.setattr(scores, "BLOCK", block)
    array = np.random.default_rng(0).random((80, 120)).astype(np.float32)
    before = array.copy()
    best, values = best_and_scores(ByUsers(lambda rows: array[rows]), listens, 30)
    rows = np.arange(80)[:, None]
    assert np.array_equal(values, array[rows, best]) and np.array_equal(array, before)
    assert np.array_equal(scores_at(array, best[:, ::-1], 120), values[:, ::-1])
    assert not listens[np.repeat(rows, 30), best.ravel()].any()


@pytest.mark.parametrize("sharing", [1, 7, 64])
def test_factors_at_chosen_artists_are_those_of_the_whole(sharing, monkeypatch):
    monkeypatch.setattr(scores, "SHARING", sharing)
    random = np.random.default_rng(0)
    users, artists = random.random((80, 5)), random.random((120, 5))
    chosen = random.integers(0, 120, (80, 9))
    whole = np.take_along_axis(users @ artists.T, chosen, 1)
    for factors in (Factors(users, artists), SparseFactors(sp.csr_array(users), sp.csr_array(artists))):
        np.testing.assert_allclose(scores_at(factors, chosen, 120), whole, rtol=1e-6)
        np.testing.assert_allclose(factors[3:9], (users @ artists.T)[3:9])


@pytest.mark.parametrize("block", [1, 100])
def test_neighbours_of_artists_in_blocks_are_those_of_all(listens, block, monkeypatch):
    whole = item_knn.fit(RankingProblem(listens), item_knn.Settings(**MODELS["item_knn"]), 0)[0:80]
    monkeypatch.setattr(places, "BLOCK", block)
    parts = item_knn.fit(RankingProblem(listens), item_knn.Settings(**MODELS["item_knn"]), 0)
    assert np.array_equal(parts[0:80], whole) and np.array_equal(parts[7:9], whole[7:9])


@pytest.mark.parametrize("dimensions", [1, 3])
@pytest.mark.parametrize("block", [1, 500, 1 << 26])
def test_factors_in_blocks_rank_like_a_whole_array(listens, block, dimensions, monkeypatch):
    monkeypatch.setattr(scores, "BLOCK", block)
    random = np.random.default_rng(0)
    factors = Factors(random.random((80, dimensions)), random.random((120, dimensions)))
    best = best_artists(factors, listens, 30)
    whole = factors.users @ factors.artists.T
    whole[listens.nonzero()] = -np.inf
    assert np.array_equal(best, np.argsort(-whole, axis=1)[:, :30])
    assert np.array_equal(best, best_artists(factors[:], listens, 30))


# those told by other tests
NO_ARRAYS = {
    "als",
    "bpr",
    "ease",
    "ease_side",
    "graph_filter",
    "item_knn",
    "lambda_rank",
    "lightgcn",
    "popularity",
    "rival_ranker",
    "xsimgcl",
}


@pytest.mark.parametrize("model", sorted(MODELS.keys() - NO_ARRAYS))
def test_what_would_not_fit_into_memory_is_told_before_it_starts(model):
    many = RankingProblem(sp.csr_array((10**6, 10**6), dtype=np.float32), league="side", side=NO_SIDE)
    module = import_module(f"lastfm_gnn.ranking.models.{model}")
    with pytest.raises(InputError, match=r"1,000,000 artists needs [\d,]+ GiB of memory, .* free; take popularity"):
        list(by_step(module.fit(many, module.Settings(**MODELS[model]), 0)))


@pytest.mark.parametrize("model", ["lambda_rank", "rival_ranker"])
def test_lists_that_would_not_fit_are_told_before_models_are_fitted(model):
    many = RankingProblem(sp.csr_array((10**7, 100), dtype=np.float32))
    module = import_module(f"lastfm_gnn.ranking.models.{model}")
    with pytest.raises(InputError, match=r"100 artists needs [\d,]+ GiB .* free; take .* fewer candidates"):
        list(by_step(module.fit(many, module.Settings(**MODELS[model]), 0)))


@pytest.mark.parametrize("model", ["als", "bpr", "item_knn", "lightgcn", "xsimgcl"])
def test_factors_that_would_not_fit_are_told_before_they_are_made(model):
    many = RankingProblem(sp.csr_array((10, 10**13), dtype=np.float32))
    module = import_module(f"lastfm_gnn.ranking.models.{model}")
    message = r"model of 0 listens of 10 users and 10,000,000,000,000 artists needs [\d,]+ GiB .* take popularity"
    with pytest.raises(InputError, match=message):
        list(by_step(module.fit(many, module.Settings(**MODELS[model]), 0)))
