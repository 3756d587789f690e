"""Candidates and features of a second stage from other models' scores: EASE, ALS, neighbours, RP3β, popularity.

Candidates are those of EASE, in a league of friends or tags of the EASE that knows them.
"""

import numpy as np
import scipy.sparse as sp

from lastfm_gnn.data.listens import Side
from lastfm_gnn.ranking.learning import best
from lastfm_gnn.ranking.models import als, ease, ease_side, item_knn, rp3beta, user_knn
from lastfm_gnn.ranking.side import side_features
from lastfm_gnn.ranking.walk_features import graph_of, messages
from lastfm_gnn.ranking.weights import (
    binary,
    degrees,
    item_ridge,
    listeners,
    log_plays,
    of,
    scale_artists,
    user_cosine,
)

EASE = {"ridge": 20, "damping": 0.25, "popularity": 0.15}


def rivals(listens: sp.csr_array, side: Side | None, league: str) -> list[np.ndarray]:
    """(U, A) by each model, the one that proposes candidates first; settings are the best on validation of seed 0."""
    known = (listens, side, league, 0)
    popular = listeners(listens)
    seen = [ease_side.scores(*known, **EASE, **ease_side.WEIGHTS)] if league != "listens" else []
    return [
        *seen,
        ease.scores(*known, **EASE),
        item_ridge(scale_artists(binary(listens), popular**-0.25), 20.0)[0] * popular**0.15,
        als.scores(*known, factors=128, regularisation=100, confidence=20, sweeps=10),
        als.scores(*known, factors=32, regularisation=100, confidence=20, sweeps=10),
        item_knn.scores(*known, neighbours=100, shrinkage=10, exponent=1),
        user_knn.scores(*known, neighbours=50, damping=0.25, exponent=2),
        rp3beta.scores(*known, exponent=1, popularity=0.3),
    ]


def describe(
    listens: sp.csr_array, side: Side | None, league: str, count: int, walks: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Candidates (U, count), best first; and their features (U, count, F): the models' scores, degrees, what the
    league
    knows beside listens and, if asked for, the walk features."""
    found = rivals(listens, side, league)
    candidates = best(found[0].copy(), listens, count)
    plays = log_plays(listens)
    near = user_cosine(scale_artists(plays, listeners(listens) ** -EASE["damping"]))
    parts = [np.stack([of(one, candidates) for one in found], axis=2).astype(np.float32), degrees(plays, candidates)]
    parts += side_features(listens, side, league, near, near, candidates)
    if walks:
        parts.append(messages(graph_of(listens), candidates))
    return candidates, np.concatenate(parts, axis=2)
