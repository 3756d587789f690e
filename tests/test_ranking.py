"""Ranking models: what they recommend, that numbers mean nothing to them, and which tags each league may see."""

from importlib import import_module

import numpy as np
import pytest
import scipy.sparse as sp

from lastfm_gnn.artist_metrics import top
from lastfm_gnn.listen_data import Side
from lastfm_gnn.ranking_messages import graph_of
from lastfm_gnn.ranking_sides import friend_messages, own_tags, tag_messages

RANKER = {
    **{"candidates": 20, "folds": 5, "hidden": 4, "dropout": 0.1, "learning_rate": 0.01, "weight_decay": 0.01},
    **{"epochs": 20, "members": 1},
}
MODELS = {
    "popularity": {},
    "item_knn": {"neighbours": 10, "shrinkage": 1, "exponent": 1},
    "als": {"factors": 4, "regularisation": 1, "confidence": 5, "sweeps": 5},
    "bpr": {"factors": 4, "learning_rate": 0.05, "regularisation": 0.01, "epochs": 100},
    "ease": {"ridge": 5, "damping": 0.25, "popularity": 0.1},
    "lightgcn": {"dimensions": 8, "layers": 2, "learning_rate": 0.05, "weight_decay": 0.001, "steps": 60},
    "graph_filter": {"cut": 4, "order": 2, "damping": 0.25, "popularity": 0.1, "friends": 0.1},
    "walk_ranker": RANKER,
    "mixed_ranker": RANKER,
}


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
    found = import_module(f"lastfm_gnn.ranking_models.{model}").scores(listens, side, league, 0, **MODELS[model])
    assert found.shape == listens.shape and np.isfinite(found).all()
    return found


@pytest.mark.parametrize("model", MODELS)
def test_users_are_recommended_what_their_kind_listens_to(model, listens):
    found = scores(model, listens)
    found[listens.nonzero()] = -np.inf
    alike = np.arange(80)[:, None] % 2 == top(found, 5) % 2
    assert alike[1:].mean() > (0.9 if model != "popularity" else 0.3)


@pytest.mark.parametrize("model", ["popularity", "item_knn", "ease", "graph_filter"])
def test_numbers_of_users_and_artists_mean_nothing(model, listens):
    random = np.random.default_rng(2)
    user, artist = random.permutation(80), random.permutation(120)
    renamed = sp.csr_array(listens.toarray()[user][:, artist])
    found = scores(model, listens)[user][:, artist]
    scale = np.abs(found).max()
    np.testing.assert_allclose(scores(model, renamed) / scale, found / scale, atol=1e-3)


@pytest.mark.parametrize("league", ["friends", "side", "own_tags"])
def test_every_league_of_the_walk_ranker(league, listens, side):
    found = scores("walk_ranker", listens, side, league)
    found[listens.nonzero()] = -np.inf
    assert (np.arange(80)[:, None] % 2 == top(found, 5) % 2)[1:].mean() > 0.8


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
