"""EASE of many users: a regression among the artists of most listeners, after whom all others come."""

import numpy as np
import pytest
import scipy.sparse as sp

from lastfm_gnn.core.program import InputError
from lastfm_gnn.ranking import problem
from lastfm_gnn.ranking.models import ease, ease_side
from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.scores import best_artists
from two_kinds import MODELS, NO_SIDE, make_listens, make_side

SETTINGS = ease.Settings(ridge=5, damping=0.25, popularity=0.15)
SIDE_SETTINGS = ease_side.Settings(**MODELS["ease_side"])


@pytest.fixture(scope="module")
def listens():
    return make_listens()


@pytest.fixture
def many(monkeypatch):
    monkeypatch.setattr(problem, "DENSE_USERS", 79)


def test_what_would_not_fit_into_memory_is_told_before_it_starts(monkeypatch):
    users = RankingProblem(sp.csr_array((10**6, 10**6), dtype=np.float32))
    with pytest.raises(InputError, match=r"1,000,000 artists needs [\d,]+ GiB of memory, .* free; take popularity"):
        ease.all_scores(users, SETTINGS)
    monkeypatch.setattr(ease, "FIT", 10**6)
    with pytest.raises(InputError, match=r"1,000,000 artists needs [\d,]+ GiB of memory, .* free; take popularity"):
        ease.fit(users, SETTINGS, 0)
    with pytest.raises(InputError, match=r"1,000,000 artists needs [\d,]+ GiB of memory, .* free; take popularity"):
        ease_side.fit(RankingProblem(users.listens, NO_SIDE, "side"), SIDE_SETTINGS, 0)


def test_among_all_artists_it_is_ease(listens, many):
    scores = ease.fit(RankingProblem(listens), SETTINGS, 0)
    assert not isinstance(scores, np.ndarray)
    np.testing.assert_allclose(scores[0:80], ease.all_scores(RankingProblem(listens), SETTINGS), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("league", ["friends", "side", "own_tags"])
def test_among_all_artists_it_knows_friends_and_tags_as_before(listens, league, monkeypatch):
    known = RankingProblem(listens, make_side(listens), league)
    whole = ease_side.fit(known, SIDE_SETTINGS, 0)
    monkeypatch.setattr(problem, "DENSE_USERS", 79)
    scores = ease_side.fit(known, SIDE_SETTINGS, 0)
    assert isinstance(whole, np.ndarray) and not isinstance(scores, np.ndarray)
    np.testing.assert_allclose(scores[20:60], whole[20:60], rtol=1e-3, atol=1e-5)


def test_the_artists_of_most_listeners_come_first_and_the_others_by_their_listeners(
    listens, many, monkeypatch, capsys
):
    monkeypatch.setattr(ease, "FIT", 50)
    count = np.maximum(np.diff(listens.tocsc().indptr), 1)
    order = np.argsort(-count, kind="stable")
    both = [
        ease.fit(RankingProblem(listens), SETTINGS, 0),
        ease_side.fit(RankingProblem(listens, make_side(listens), "side"), SIDE_SETTINGS, 0),
    ]
    assert capsys.readouterr().out.count("among the 50 artists of most listeners; the other 70 come last") == 2
    for scores in both:
        for row in best_artists(scores, sp.csr_array((80, 120), dtype=np.float32), 120):
            assert set(row[:50]) == set(order[:50])
            assert (np.diff(count[row[50:]]) <= 0).all()
        np.testing.assert_allclose(scores[3:5], scores[0:80][3:5], rtol=1e-5)


def test_other_artists_whom_the_user_tagged_stand_among_the_first(listens, many, monkeypatch):
    monkeypatch.setattr(ease, "FIT", 50)
    side = make_side(listens)
    scores = ease_side.fit(RankingProblem(listens, side, "own_tags"), SIDE_SETTINGS, 0)[0:80]
    count = np.maximum(np.diff(listens.tocsc().indptr), 1)
    first, others = np.split(np.argsort(-count, kind="stable"), [50])
    tagged = np.zeros((80, 120), dtype=bool)
    tagged[side.tag_user, side.tag_artist] = True
    weight = np.broadcast_to(SIDE_SETTINGS.own * count**SIDE_SETTINGS.popularity, scores.shape)
    of_tagged = tagged[:, others]
    assert of_tagged.any()
    np.testing.assert_allclose(scores[:, others][of_tagged], weight[:, others][of_tagged], rtol=1e-5)
    assert (np.where(of_tagged, -np.inf, scores[:, others]).max(1) < scores[:, first].min(1)).all()
