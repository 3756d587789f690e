"""Lists from which second stages learn: candidates, features, files."""

import dataclasses
from importlib import import_module

import numpy as np
import pytest
import scipy.sparse as sp

from lastfm_gnn.core.program import InputError
from lastfm_gnn.metrics.ranked_lists import top
from lastfm_gnn.ranking import learning, problem
from lastfm_gnn.ranking import lists as lists_module
from lastfm_gnn.ranking.lists import made_of, of_candidates, write_lists
from lastfm_gnn.ranking.models import ease, ease_side
from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.rivals import EASE, EASE_SIDE, describe, make_rival_lists, rival_lists
from lastfm_gnn.ranking.scores import best_artists, by_step, scores_at
from lastfm_gnn.ranking.walk_features import MESSAGES, graph_of, messages
from lastfm_gnn.ranking.weights import standardise
from two_kinds import MODELS, make_listens, make_side, scores


@pytest.fixture(scope="module")
def listens():
    return make_listens()


@pytest.fixture(scope="module")
def side(listens):
    return make_side(listens)


def test_the_mixed_ranker_has_the_rivals_features_and_those_of_walks_beside_them(listens):
    (candidates, rivals), (same, both) = (
        describe([RankingProblem(listens)], 20, [walks])[0] for walks in (False, True)
    )
    assert np.array_equal(candidates, same) and np.array_equal(both[..., : rivals.shape[2]], rivals)
    walks = both[..., rivals.shape[2] :]
    assert walks.shape[2] == MESSAGES
    assert np.array_equal(walks, messages(graph_of(listens), candidates)) and walks.std((0, 1)).min() > 0


def test_lists_are_known_by_all_that_they_are_made_of(listens, side):
    def made(side):
        return made_of(RankingProblem(listens, side, "side"), 0, 20, 5)

    other = dataclasses.replace(side, friends=side.friends[:, ::-1])
    assert made(side) == made(side) != made(other) != made(dataclasses.replace(side, tag=side.tag[::-1]))


@pytest.mark.parametrize("model", ["rival_ranker", "walk_ranker"])
def test_without_a_hidden_listen_among_the_candidates_one_line_says_so(model):
    listens = sp.csr_array(np.eye(4, 40, dtype=np.float32))  # nothing can be hidden of a user with one artist
    with pytest.raises(InputError, match="nothing to learn from: no hidden listen is among its user's candidates"):
        scores(model, listens, None, "listens")


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
    assert np.array_equal(read[:], scores(model, listens, known, league))


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


@pytest.mark.parametrize(("league", "known"), [("friends", 3), ("side", 5), ("own_tags", 8)])
def test_lists_of_many_users_know_friends_and_tags(league, known, listens, side, monkeypatch):
    monkeypatch.setattr(problem, "DENSE_USERS", 79)
    made = rival_lists(RankingProblem(listens, side, league), False, 0, 20, 5)
    proposing, of_listens = 1, len(("ease", "als", "als", "item_knn"))
    assert made.features.shape[2] == proposing + of_listens + 7 + known
    proposed = ease_side.fit(RankingProblem(listens, side, league), EASE_SIDE, 0)
    assert np.array_equal(made.candidates, best_artists(proposed, listens, 20))
    assert (made.features[1:].std((0, 1)) > 0).all()
    of_ease = standardise(scores_at(ease.fit(RankingProblem(listens), EASE, 0), made.candidates, 120))
    np.testing.assert_allclose(made.features[..., 1], of_ease, atol=1e-3)
    scored = scores("rival_ranker", listens, side, league)
    scored[listens.nonzero()] = -np.inf
    assert (np.arange(80)[:, None] % 2 == top(scored, 5) % 2)[1:].mean() > 0.8


def test_lists_are_scored_by_some_users_at_a_time(listens, monkeypatch):
    whole = scores("rival_ranker", listens)
    monkeypatch.setattr(learning, "SCORED", 7)
    np.testing.assert_allclose(scores("rival_ranker", listens), whole, atol=1e-4)


@pytest.mark.parametrize("model", ["rival_ranker", "lambda_rank"])
def test_lists_of_many_users_are_of_one_part_and_as_good(model, listens, monkeypatch):
    monkeypatch.setattr(problem, "DENSE_USERS", 79)
    monkeypatch.setattr(ease, "FIT", 110)
    monkeypatch.setattr(lists_module, "LISTS", 15)
    made = rival_lists(RankingProblem(listens), False, 0, 20, 5)
    assert made.inputs.shape[:2] == (15, 20) and made.targets.any(1).all()
    assert made.inputs.shape[2] == made.features.shape[2] == len(("ease", "als", "als", "item_knn")) + 7
    monkeypatch.setattr(lists_module, "LISTS", 80)
    of_all = rival_lists(RankingProblem(listens), False, 0, 20, 5)
    assert not np.array_equal(made.inputs, of_all.inputs[:15])  # random ones, not the first
    assert {row.tobytes() for row in made.inputs} < {row.tobytes() for row in of_all.inputs}
    scored = scores(model, listens)
    scored[listens.nonzero()] = -np.inf
    assert (np.arange(80)[:, None] % 2 == top(scored, 5) % 2)[1:].mean() > 0.9


def test_lists_of_many_users_are_the_same_beside_those_of_another_league(listens, side, monkeypatch):
    monkeypatch.setattr(problem, "DENSE_USERS", 79)
    monkeypatch.setattr(lists_module, "LISTS", 15)
    both = [RankingProblem(listens), RankingProblem(listens, side, "side")]
    _, beside = make_rival_lists(both, [False, False], 0, 20, 5)
    alone = rival_lists(both[1], False, 0, 20, 5)
    assert np.array_equal(beside.inputs, alone.inputs) and np.array_equal(beside.targets, alone.targets)


def test_walks_of_many_users_are_refused_where_they_do_not_fit():
    many = RankingProblem(sp.csr_array((10**6, 10**6), dtype=np.float32))
    with pytest.raises(InputError, match=r"1,000,000 artists needs .* free; take popularity, als.* or no walks"):
        rival_lists(many, True, 0, 20, 5)


def test_scores_of_candidates_stand_above_all_others():
    scored = of_candidates(np.array([[2, 0], [1, 3]]), np.array([[0.5, -1], [2, 3]]), 4)
    assert scored[:].tolist() == [[-1, -2, 0.5, -2], [-2, 2, -2, 3]]
    assert scored[1:2].tolist() == [[-2, 2, -2, 3]]
