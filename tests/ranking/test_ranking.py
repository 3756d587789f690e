"""Ranking models: what they recommend, that numbers mean nothing to them, and which tags each league may see."""

from importlib import import_module

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls

from lastfm_gnn.core.program import InputError
from lastfm_gnn.core.sparse import SparseMatrix
from lastfm_gnn.data.listens import Side
from lastfm_gnn.metrics.ranked_lists import top
from lastfm_gnn.ranking import problem
from lastfm_gnn.ranking.lists import made_of, write_lists
from lastfm_gnn.ranking.models import ease_side, rp3beta, slim, user_knn
from lastfm_gnn.ranking.models.multivae import MultVAE
from lastfm_gnn.ranking.models.xsimgcl import contrast, perturbed_layers
from lastfm_gnn.ranking.problem import Factors, RankingProblem, best_artists, by_step
from lastfm_gnn.ranking.rivals import describe, make_rival_lists, rival_lists
from lastfm_gnn.ranking.side import friend_messages, own_tags, tag_messages
from lastfm_gnn.ranking.walk_features import MESSAGES, graph_of, messages, nearest
from lastfm_gnn.ranking.weights import item_ridge, log_plays

RANKER = {
    **{"candidates": 20, "folds": 5, "hidden": 4, "dropout": 0.1, "learning_rate": 0.01, "weight_decay": 0.01},
    **{"epochs": 20, "members": 1},
}
MODELS = {
    "popularity": {},
    "rp3beta": {"exponent": 1, "popularity": 0.2},
    "user_knn": {"neighbours": 10, "damping": 0.25, "exponent": 1},
    "slim": {"lasso": 0.05, "ridge": 1, "damping": 0.25, "popularity": 0.1, "neighbours": 30},
    "multivae": {
        **{"hidden": 16, "latent": 4, "dropout": 0.2, "learning_rate": 0.01, "divergence": 0.1, "epochs": 60},
    },
    "xsimgcl": {
        **{"dimensions": 8, "layers": 2, "learning_rate": 0.05, "weight_decay": 0.001, "steps": 60, "noise": 0.1},
        **{"temperature": 0.2, "contrast_weight": 0.1},
    },
    "rival_ranker": RANKER,
    "lambda_rank": {
        **{"candidates": 20, "folds": 5, "trees": 20, "leaves": 4, "learning_rate": 0.1, "smallest_leaf": 20},
        **{"features": 0.8, "members": 1},
    },
    "item_knn": {"neighbours": 10, "shrinkage": 1, "exponent": 1},
    "als": {"factors": 4, "regularisation": 1, "confidence": 5, "sweeps": 5},
    "bpr": {"factors": 4, "learning_rate": 0.05, "regularisation": 0.01, "epochs": 100},
    "ease": {"ridge": 5, "damping": 0.25, "popularity": 0.1},
    "lightgcn": {"dimensions": 8, "layers": 2, "learning_rate": 0.05, "weight_decay": 0.001, "steps": 60},
    "ease_side": {
        **{"ridge": 5, "damping": 0.25, "popularity": 0.1, "friends": 0.05, "tags": 0.3, "own": 0.3},
    },
    "graph_filter": {"cut": 4, "order": 2, "damping": 0.25, "popularity": 0.1, "friends": 0.1},
    "walk_ranker": RANKER,
    "mixed_ranker": RANKER,
}


NO_SIDE = Side(sp.csr_array((1, 1)), *np.zeros((4, 0), dtype=int))


@pytest.fixture(scope="module")
def listens():
    """(80, 120): users and artists of two kinds; one of a kind is heard by their own kind nine times in ten."""
    random = np.random.default_rng(0)
    alike = np.arange(80)[:, None] % 2 == np.arange(120) % 2
    heard = random.random((80, 120)) < np.where(alike, 0.18, 0.02)
    heard[0] = False  # someone of whom nothing is known
    return sp.csr_array(heard * random.integers(1, 1000, heard.shape).astype(np.float32))


@pytest.fixture(scope="module")
def side(listens):
    random = np.random.default_rng(1)
    friends = random.random((80, 80)) < 0.05
    friends = np.triu(friends, 1)
    tag_user, tag_artist = (np.concatenate([one, random.integers(0, n, 100)]) for one, n in
                            zip(np.array(listens.nonzero())[:, ::3], listens.shape, strict=True))  # fmt: skip
    tag = (tag_artist + random.integers(0, 3, len(tag_artist))) % 7
    return Side(
        sp.csr_array((friends | friends.T).astype(np.float32)), tag_user, tag_artist, tag, np.zeros(len(tag), int)
    )


def scores(model, listens, side=None, league="listens"):
    module = import_module(f"lastfm_gnn.ranking.models.{model}")
    fitted = module.fit(RankingProblem(listens, side, league), module.Settings(**MODELS[model]), 0)
    *_, (_, scored) = by_step(fitted)  # the last step
    scored = scored[:]
    assert scored.shape == listens.shape and np.isfinite(scored).all()
    return scored


@pytest.mark.parametrize("model", sorted(set(MODELS) - {"ease_side"}))
def test_users_are_recommended_what_their_kind_listens_to(model, listens):
    scored = scores(model, listens)
    scored[listens.nonzero()] = -np.inf
    alike = np.arange(80)[:, None] % 2 == top(scored, 5) % 2
    assert alike[1:].mean() > (0.9 if model != "popularity" else 0.3)


@pytest.mark.parametrize("model", ["popularity", "item_knn", "user_knn", "rp3beta", "slim", "ease", "graph_filter"])
def test_numbers_of_users_and_artists_mean_nothing(model, listens):
    random = np.random.default_rng(2)
    user, artist = random.permutation(80), random.permutation(120)
    renamed = sp.csr_array(listens.toarray()[user][:, artist])
    scored = scores(model, listens)[user][:, artist]
    scale = np.abs(scored).max()
    np.testing.assert_allclose(scores(model, renamed) / scale, scored / scale, atol=1e-3)


@pytest.mark.parametrize("model", ["walk_ranker", "rival_ranker", "ease_side"])
@pytest.mark.parametrize("league", ["friends", "side", "own_tags"])
def test_every_league_of_models_that_know_friends_and_tags(model, league, listens, side):
    scored = scores(model, listens, side, league)
    scored[listens.nonzero()] = -np.inf
    assert (np.arange(80)[:, None] % 2 == top(scored, 5) % 2)[1:].mean() > 0.8


def test_a_users_own_tags_on_an_unheard_artist_are_seen_in_their_league_alone(listens, side):
    unheard = np.flatnonzero(np.asarray(listens[side.tag_user, side.tag_artist]).ravel() == 0)
    user, artist = side.tag_user[unheard[0]], side.tag_artist[unheard[0]]
    kept = (side.tag_user != user) | (side.tag_artist != artist)
    without = Side(side.friends, side.tag_user[kept], side.tag_artist[kept], side.tag[kept], side.day[kept])
    kernel = graph_of(listens).kernel(10)
    for before, after in zip(
        tag_messages(listens, side, kernel), tag_messages(listens, without, kernel), strict=True
    ):
        assert before[user, artist] == pytest.approx(after[user, artist], rel=1e-5)
    (before, *_), (after, *_) = own_tags(listens, side), own_tags(listens, without)
    assert before[user, artist] > 0 == after[user, artist]


def test_messages_of_friends_by_hand():
    listens = sp.csr_array(np.array([[5, 0, 0], [0, 7, 0], [0, 0, 1]], dtype=np.float32))
    friends = sp.csr_array(np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]], dtype=np.float32))
    empty = np.array([], dtype=int)
    first, *_ = friend_messages(listens, Side(friends, empty, empty, empty, empty), np.ones((3, 3), np.float32))
    assert first.tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 0]]


def test_an_own_tag_changes_ease_in_its_league_alone(listens, side):
    unheard = np.flatnonzero(np.asarray(listens[side.tag_user, side.tag_artist]).ravel() == 0)
    user, artist = side.tag_user[unheard[0]], side.tag_artist[unheard[0]]
    kept = (side.tag_user != user) | (side.tag_artist != artist)
    without = Side(side.friends, side.tag_user[kept], side.tag_artist[kept], side.tag[kept], side.day[kept])
    for league, changes in (("friends", False), ("side", False), ("own_tags", True)):
        before, after = (scores("ease_side", listens, one, league) for one in (side, without))
        assert (abs(before[user, artist] - after[user, artist]) > 1e-4) == changes


def test_ease_without_weights_is_ease(listens, side):
    nothing = ease_side.Settings(**MODELS["ease_side"] | {"friends": 0, "tags": 0, "own": 0})
    scored = ease_side.fit(RankingProblem(listens, side, "own_tags"), nothing, 0)
    np.testing.assert_allclose(scored, scores("ease", listens))


def test_ridge_of_artists_against_its_primal_form():
    weights = np.random.default_rng(0).random((6, 9)) * (np.random.default_rng(1).random((6, 9)) < 0.5)
    scored, kernel = item_ridge(sp.csr_array(weights.astype(np.float32)), 2.0)
    inverse = np.linalg.inv(weights.T @ weights + 2 * np.eye(9))
    regression = -inverse / np.diag(inverse)
    np.fill_diagonal(regression, 0)
    np.testing.assert_allclose(scored, weights @ regression, atol=1e-5)
    np.testing.assert_allclose(kernel @ weights, weights @ inverse @ weights.T @ weights, atol=1e-5)


ONE_WALK = sp.csr_array(np.array([[3, 3, 0], [0, 5, 5]], dtype=np.float32))  # user 0: artists 0, 1; user 1: 1, 2


def test_rp3beta_by_hand():
    def first(exponent, popularity):
        return rp3beta.fit(RankingProblem(ONE_WALK), rp3beta.Settings(exponent, popularity), 0)[0]

    # user 0 is back at user 0 after two steps with probability 1/2 + 1/4, and at user 1 with 1/4
    np.testing.assert_allclose(first(1, 0), [3 / 8, 3 / 8 + 1 / 8, 1 / 8], rtol=1e-6)
    np.testing.assert_allclose(first(1, 1), [3 / 8, 1 / 4, 1 / 8], rtol=1e-6)
    np.testing.assert_allclose(first(2, 0)[2], (1 / 4) ** 2 * (1 / 4), rtol=1e-6)


def test_user_neighbours_by_hand():
    np.testing.assert_allclose(
        user_knn.fit(RankingProblem(ONE_WALK), user_knn.Settings(neighbours=1, damping=0, exponent=2), 0)[0],
        [0, 1 / 4, 1 / 4],
        rtol=1e-6,
    )


@settings(max_examples=20)
@given(row=st.lists(st.sampled_from([-1.0, 0.0, 0.5, 0.7, 2.0]), min_size=1, max_size=30), count=st.integers(1, 40))
def test_the_nearest_are_those_of_a_stable_sort(row, count):
    near = np.array(row, dtype=np.float32)
    assert nearest(near, count).tolist() == np.argsort(-near, kind="stable")[:count].tolist()


@given(st.integers(0, 2**32), st.floats(0.01, 1), st.floats(0.1, 3))
def test_slim_against_non_negative_least_squares(seed, lasso, ridge):
    random = np.random.default_rng(seed)
    listens = sp.csr_array(((random.random((12, 6)) < 0.5) * random.integers(1, 9, (12, 6))).astype(np.float32))
    weights = log_plays(listens).toarray().astype(np.float64)
    expected = np.zeros_like(weights)
    for artist in np.flatnonzero((weights > 0).sum(0) > 1):
        others = np.delete(np.arange(6), artist)
        root = np.linalg.cholesky(weights[:, others].T @ weights[:, others] + ridge * np.eye(5))
        pull = weights[:, others].T @ weights[:, artist] - lasso
        regression, _ = nnls(root.T, np.linalg.solve(root, pull))
        expected[:, artist] = weights[:, others] @ regression
    settings = slim.Settings(lasso, ridge, damping=0, popularity=0, neighbours=5)
    regression = slim.fit(RankingProblem(listens), settings, 0)
    np.testing.assert_allclose(regression, expected, atol=0.05)


@pytest.mark.parametrize("dimensions", [1, 3])
@pytest.mark.parametrize("block", [1, 500, 1 << 26])
def test_factors_in_blocks_rank_like_a_whole_array(listens, block, dimensions, monkeypatch):
    monkeypatch.setattr(problem, "BLOCK", block)
    random = np.random.default_rng(0)
    factors = Factors(random.random((80, dimensions)), random.random((120, dimensions)))
    best = best_artists(factors, listens, 30)
    whole = factors.users @ factors.artists.T
    whole[listens.nonzero()] = -np.inf
    assert np.array_equal(best, np.argsort(-whole, axis=1)[:, :30])
    assert np.array_equal(best, best_artists(factors[:], listens, 30))


@pytest.mark.parametrize("model", sorted(MODELS.keys() - {"popularity", "als", "bpr", "ease", "lightgcn", "xsimgcl"}))
def test_what_would_not_fit_into_memory_is_told_before_it_starts(model):
    many = RankingProblem(sp.csr_array((10**6, 10**6), dtype=np.float32), league="side", side=NO_SIDE)
    module = import_module(f"lastfm_gnn.ranking.models.{model}")
    with pytest.raises(InputError, match=r"1,000,000 artists needs [\d,]+ GiB of memory, .* free; take popularity"):
        list(by_step(module.fit(many, module.Settings(**MODELS[model]), 0)))


@pytest.mark.parametrize("model", ["als", "bpr", "lightgcn", "xsimgcl"])
def test_factors_that_would_not_fit_are_told_before_they_are_made(model):
    many = RankingProblem(sp.csr_array((10, 10**13), dtype=np.float32))
    module = import_module(f"lastfm_gnn.ranking.models.{model}")
    message = r"model of 0 listens of 10 users and 10,000,000,000,000 artists needs [\d,]+ GiB .* take popularity"
    with pytest.raises(InputError, match=message):
        list(by_step(module.fit(many, module.Settings(**MODELS[model]), 0)))


def test_noise_has_its_length_and_keeps_signs():
    torch.manual_seed(0)
    graph, start = SparseMatrix(sp.eye_array(20, format="csr")), torch.randn(20, 8)
    (moved,) = perturbed_layers(graph, start, 1, 0.1)
    torch.testing.assert_close((moved - start).norm(dim=1), torch.full((20,), 0.1))
    assert (moved.sign() == start.sign()).all()
    assert torch.equal(perturbed_layers(graph, start, 2, 0)[1], start)


def test_contrast_by_hand():
    # of four orthogonal rows, each has likeness 1 to itself and 0 to three others
    loss = contrast(3 * torch.eye(4), 2 * torch.eye(4), 0.5)
    assert loss.item() == pytest.approx(np.log(1 + 3 * np.exp(-2)), rel=1e-5)


def test_a_latent_state_like_the_prior_has_no_divergence():
    network = MultVAE(artists=5, hidden=4, latent=3, dropout=0.0).eval()
    torch.nn.init.zeros_(network.encoder[-1].weight)
    network.encoder[-1].bias.data = torch.tensor([0.0, 0, 0, 0, 0, 0])
    assert network(torch.rand(2, 5))[1].item() == 0
    network.encoder[-1].bias.data = torch.tensor([1.0, 0, 0, 0, 0, 0])
    assert network(torch.rand(2, 5))[1].item() == pytest.approx(0.5)


def test_the_mixed_ranker_has_the_rivals_features_and_those_of_walks_beside_them(listens):
    (candidates, rivals), (same, both) = (
        describe([RankingProblem(listens)], 20, [walks])[0] for walks in (False, True)
    )
    assert np.array_equal(candidates, same) and np.array_equal(both[..., : rivals.shape[2]], rivals)
    walks = both[..., rivals.shape[2] :]
    assert walks.shape[2] == MESSAGES
    assert np.array_equal(walks, messages(graph_of(listens), candidates)) and walks.std((0, 1)).min() > 0


LEAGUES = ["listens", "side", "own_tags"]


@pytest.fixture(scope="module")
def lists(listens, side, tmp_path_factory):
    """Files of the lists of three leagues, the last without walks, as describe_lists makes them."""
    folder = tmp_path_factory.mktemp("lists")
    problems = [RankingProblem(listens, None if league == "listens" else side, league) for league in LEAGUES]
    made = make_rival_lists(problems, [True, True, False], seed=0, candidates=20, folds=5)
    for problem_, one in zip(problems, made, strict=True):
        write_lists(folder / f"{problem_.league}.npz", one, made_of(problem_, 0, 20, 5))
    return folder


@pytest.mark.parametrize("model", ["rival_ranker", "mixed_ranker", "lambda_rank"])
@pytest.mark.parametrize("league", LEAGUES)
def test_lists_that_are_read_give_the_scores_of_those_that_a_model_makes(model, league, listens, side, lists):
    known = None if league == "listens" else side
    module = import_module(f"lastfm_gnn.ranking.models.{model}")
    files = tuple(lists / f"{name}.npz" for name in LEAGUES)
    reading = RankingProblem(listens, known, league, lists=files)
    if (model, league) == ("mixed_ranker", "own_tags"):
        with pytest.raises(InputError, match="lists without walks; make them anew with --walks"):
            module.fit(reading, module.Settings(**MODELS[model]), 0)
        return
    *_, (_, read) = by_step(module.fit(reading, module.Settings(**MODELS[model]), 0))
    assert np.array_equal(read, scores(model, listens, known, league))


def test_lists_of_other_listens_or_settings_and_cut_ones_are_refused(listens, lists, tmp_path):
    file = lists / "listens.npz"
    (tmp_path / "cut.npz").write_bytes(file.read_bytes()[:-100])
    others = listens.copy()
    others.data[0] += 1
    for known, folds, path, words in (
        (others, 5, file, "not lists of"),
        (listens, 4, file, '"folds": 4'),
        (listens, 5, tmp_path / "cut.npz", "not readable lists"),
    ):
        with pytest.raises(InputError, match=words):
            rival_lists(RankingProblem(known, lists=(path,)), False, 0, 20, folds)
