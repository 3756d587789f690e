"""Candidates and features of a second stage from other models' scores: EASE, ALS, neighbours, RP3β, popularity.

Candidates are those of EASE, in a league of friends or tags of the EASE that knows them.
"""

import numpy as np

from lastfm_gnn.ranking.models import als, ease, ease_side, item_knn, rp3beta, user_knn
from lastfm_gnn.ranking.problem import RankingProblem, best_artists
from lastfm_gnn.ranking.side import side_features
from lastfm_gnn.ranking.walk_features import graph_of, messages
from lastfm_gnn.ranking.weights import (
    binary,
    degrees,
    item_ridge,
    listeners,
    log_plays,
    scale_artists,
    standardise_over_candidates,
    user_cosine,
)

# the best on validation of seed 0
EASE = ease.Settings(ridge=20, damping=0.25, popularity=0.15)
EASE_SIDE = ease_side.Settings(ridge=20, damping=0.25, popularity=0.15, friends=0.05, tags=0.8, own=0.1)
ALS = [als.Settings(factors, regularisation=100, confidence=20, sweeps=10) for factors in (128, 32)]
ITEM_KNN = item_knn.Settings(neighbours=100, shrinkage=10, exponent=1)
USER_KNN = user_knn.Settings(neighbours=50, damping=0.25, exponent=2)
RP3BETA = rp3beta.Settings(exponent=1, popularity=0.3)


def rivals(problem: RankingProblem) -> list[np.ndarray]:
    """(U, A) by each model, the one that proposes candidates first."""
    popular = listeners(problem.listens)
    with_side = [ease_side.fit(problem, EASE_SIDE, 0)] if problem.side else []
    return [
        *with_side,
        ease.fit(problem, EASE, 0),
        item_ridge(scale_artists(binary(problem.listens), popular**-0.25), 20.0)[0] * popular**0.15,
        *(als.fit(problem, settings, 0)[:] for settings in ALS),
        item_knn.fit(problem, ITEM_KNN, 0),
        user_knn.fit(problem, USER_KNN, 0),
        rp3beta.fit(problem, RP3BETA, 0),
    ]


def describe(problem: RankingProblem, count: int, walks: bool) -> tuple[np.ndarray, np.ndarray]:
    """Candidates (U, count), best first; and their features (U, count, F): the models' scores, degrees, what the
    league knows beside listens and, if asked for, the walk features."""
    listens = problem.listens
    scores = rivals(problem)
    candidates = best_artists(scores[0].copy(), listens, count)
    plays = log_plays(listens)
    near = user_cosine(scale_artists(plays, listeners(listens) ** -EASE.damping))
    parts = [
        np.stack([standardise_over_candidates(one, candidates) for one in scores], axis=2).astype(np.float32),
        degrees(plays, candidates),
    ]
    parts += side_features(problem, near, near, candidates)
    if walks:
        parts.append(messages(graph_of(listens), candidates))
    return candidates, np.concatenate(parts, axis=2)
