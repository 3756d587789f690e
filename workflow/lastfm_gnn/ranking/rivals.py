"""Candidates and features of a second stage from other models' scores: EASE, ALS, neighbours, RP3β, popularity.

Candidates are those of EASE, in a league of friends or tags of the EASE that knows them. With many users (problem.py)
EASE is a regression among some artists; EASE of lists without plays is left out, and so are nearest users, RP3β,
friends of friends and what users near by tagged, whose cost grows with squares of listeners and friends.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

import numpy as np

from lastfm_gnn.core.memory import GIB
from lastfm_gnn.core.program import InputError
from lastfm_gnn.ranking.lists import Described, Lists, made_of, make_lists, read_lists
from lastfm_gnn.ranking.models import als, ease, ease_side, item_knn, rp3beta, user_knn
from lastfm_gnn.ranking.problem import LIGHTER, RankingProblem
from lastfm_gnn.ranking.scores import Scores, best_and_scores, scores_at
from lastfm_gnn.ranking.side import side_features
from lastfm_gnn.ranking.walk_features import MESSAGES, graph_of, messages
from lastfm_gnn.ranking.weights import (
    binary,
    degrees,
    item_ridge,
    listeners,
    log_plays,
    of_length_one,
    scale_artists,
    standardise,
    user_cosine,
)

# the best on validation of seed 0
EASE = ease.Settings(ridge=20, damping=0.25, popularity=0.15)
EASE_SIDE = ease_side.Settings(ridge=20, damping=0.25, popularity=0.15, friends=0.05, tags=0.8, own=0.1)
ALS = [als.Settings(factors, regularisation=100, confidence=20, sweeps=10) for factors in (128, 32)]
ITEM_KNN = item_knn.Settings(neighbours=100, shrinkage=10, exponent=1)
USER_KNN = user_knn.Settings(neighbours=50, damping=0.25, exponent=2)
RP3BETA = rp3beta.Settings(exponent=1, popularity=0.3)

# bytes of a candidate, a listen, a user or artist, and of EASE, with many users
CANDIDATE, LISTEN, NODE, REGRESSION = 350, 100, 1200, 3 * GIB


def others(problem: RankingProblem) -> Iterator[Scores]:
    """Yields (U, A) by each model beside EASE, all from listens alone."""
    if not problem.many_users:
        popular = listeners(problem.listens)
        yield item_ridge(scale_artists(binary(problem.listens), popular**-0.25), 20.0)[0] * popular**0.15
    factors: list[Scores] = [als.fit(problem, settings, 0) for settings in ALS]
    for one in [*factors, item_knn.fit(problem, ITEM_KNN, 0)]:
        yield one if problem.many_users else one[:]
    if not problem.many_users:
        yield user_knn.fit(problem, USER_KNN, 0)
        yield rp3beta.fit(problem, RP3BETA, 0)


def describe(problems: Sequence[RankingProblem], count: int, walks: Sequence[bool]) -> list[Described]:
    """Of each of the problems, leagues with the same listens: candidates (U, count), best first, and their features
    (U, count, F): the models' scores, degrees, what the league knows beside listens and, if asked for, the walk
    features, last. What is of listens alone is computed once."""
    listens = problems[0].listens
    of_listens = ease.fit(problems[0], EASE, 0)
    candidates, scores = [], []
    for problem in problems:
        proposed = ease_side.fit(problem, EASE_SIDE, 0) if problem.side else of_listens
        own, of_own = best_and_scores(proposed, listens, count)
        candidates.append(own)
        scores.append([standardise(of_own)])
    for one in chain([of_listens], others(problems[0])):
        for problem, own, columns in zip(problems, candidates, scores, strict=True):
            if problem.side or one is not of_listens:  # which has proposed them
                columns.append(standardise(scores_at(one, own, listens.shape[1])))
    plays = log_plays(listens)
    weights = scale_artists(plays, listeners(listens) ** -EASE.damping)
    near = None  # is not made with many users
    if not problems[0].many_users and any(problem.side for problem in problems):
        near = user_cosine(weights)
    lists = of_length_one(weights)
    graph = graph_of(listens) if any(walks) else None
    described = []
    for problem, own, columns, walked in zip(problems, candidates, scores, walks, strict=True):
        parts = [np.stack(columns, axis=2).astype(np.float32), degrees(plays, own)]
        parts += side_features(problem, lists, near, own)
        parts += [messages(graph, own)] if graph and walked else []
        described.append((own, np.concatenate(parts, axis=2)))
    return described


def make_rival_lists(
    problems: Sequence[RankingProblem], walks: Sequence[bool], seed: int, candidates: int, folds: int
) -> list[Lists]:
    """For each of the problems, leagues with the same listens; walks: whether they have the walk features. Raises
    InputError where these do not fit.

    Memory: arrays (U, A) and (U, U). With many users (problem.py), if there are no walks: CANDIDATE bytes a candidate
    of each league, LISTEN a listen, NODE a user and artist, and REGRESSION."""
    first = problems[0]
    (users, artists), listens = first.listens.shape, first.listens.nnz
    if not first.many_users:
        first.expect_room(arrays=10, kernels=6)
    elif any(walks):
        first.expect_room(arrays=10, kernels=6, instead=f"{LIGHTER}, or no walks (in the config: no mixed_ranker)")
    else:
        needed = CANDIDATE * candidates * users * len(problems) + LISTEN * listens + NODE * (users + artists)
        first.expect_bytes(needed + REGRESSION, "take popularity or als, which need less, or fewer candidates")
    lists = make_lists(partial(describe, count=candidates, walks=walks), problems, seed, folds)
    return [replace(one, walks=MESSAGES if walked else 0) for one, walked in zip(lists, walks, strict=True)]


def rival_lists(problem: RankingProblem, walks: bool, seed: int, candidates: int, folds: int) -> Lists:
    """From the problem's files, if it has any, else made here."""
    if not problem.lists:
        return make_rival_lists([problem], [walks], seed, candidates, folds)[0]
    lists = read_lists(problem.lists, made_of(problem, seed, candidates, folds))
    if walks and not lists.walks:
        raise InputError(f"{', '.join(map(str, problem.lists))}: lists without walks; make them anew with --walks")
    return lists if walks else lists.without_walks()
