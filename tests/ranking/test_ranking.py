"""Ranking models: what they recommend, that numbers mean nothing to them, and which tags each league may see."""

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls

from lastfm_gnn.core.sparse import SparseMatrix
from lastfm_gnn.data.listens import Side
from lastfm_gnn.metrics.ranked_lists import top
from lastfm_gnn.ranking import scores as scores_module
from lastfm_gnn.ranking.models import ease_side, rp3beta, slim, user_knn
from lastfm_gnn.ranking.models.multivae import MultVAE
from lastfm_gnn.ranking.models.xsimgcl import contrast, perturbed_layers
from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.side import friend_messages, side_features, tag_content
from lastfm_gnn.ranking.walk_features import graph_of, nearest
from lastfm_gnn.ranking.weights import item_ridge, log_plays, of_length_one
from two_kinds import MODELS, make_listens, make_side, scores


@pytest.fixture(scope="module")
def listens():
    return make_listens()


@pytest.fixture(scope="module")
def side(listens):
    return make_side(listens)


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
    lists, kernel = of_length_one(log_plays(listens)), graph_of(listens).kernel(10)
    everybody = np.tile(np.arange(120), (80, 1))
    for league, own in (("side", 0), ("own_tags", 3)):
        for of_kernel in (kernel, None):
            (before,), (after,) = (
                side_features(RankingProblem(listens, one, league), lists, of_kernel, everybody)
                for one in (side, without)
            )
            assert before.shape[2] == 6 + (of_kernel is not None) + own
            seen = before.shape[2] - own
            np.testing.assert_allclose(before[user, :, :seen], after[user, :, :seen], atol=1e-4)
            assert not own or before[user, artist, seen] > 0 == after[user, artist, seen]


def test_messages_of_friends_by_hand():
    listens = sp.csr_array(np.array([[5, 0, 0], [0, 7, 0], [0, 0, 1]], dtype=np.float32))
    friends = sp.csr_array(np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]], dtype=np.float32))
    empty = np.array([], dtype=int)
    everybody = np.tile(np.arange(3), (3, 1))
    for many in (False, True):
        messages = friend_messages(listens, Side(friends, empty, empty, empty, empty), friends, everybody, many)
        first, second, third, *more = messages
        assert first.tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 0]]
        # log plays are 1, the mean of the one artist
        np.testing.assert_allclose(second, first / 2)
        np.testing.assert_allclose(third, first)
        if not many:  # walks of length 1, 3, 5, …
            np.testing.assert_allclose(more.pop(), first * 2 / 3, rtol=1e-6)
        assert not more


def test_tags_of_candidates_are_looked_at_by_some_users_at_a_time(listens, side, monkeypatch):
    some = np.random.default_rng(0).integers(0, 120, (80, 7))
    whole = tag_content(listens, side, np.tile(np.arange(120), (80, 1)))
    monkeypatch.setattr(scores_module, "SHARING", 9)
    np.testing.assert_allclose(tag_content(listens, side, some), np.take_along_axis(whole, some, 1), rtol=1e-5)


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
