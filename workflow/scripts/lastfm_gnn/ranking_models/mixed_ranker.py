"""Blend: the walk ranker, told also by factors (ALS), neighbours and a plain ridge what they would recommend."""

import numpy as np
import scipy.sparse as sp

from lastfm_gnn.listen_data import Side
from lastfm_gnn.ranking_learning import learn
from lastfm_gnn.ranking_messages import of
from lastfm_gnn.ranking_models import als, item_knn, walk_ranker
from lastfm_gnn.ranking_parts import binary, listeners, scale_artists, without_own_message


def describe(listens: sp.csr_array, side: Side | None, league: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Candidates (U, count), best first; what arrives at them (U, count, F), and others' scores."""
    candidates, found = walk_ranker.describe(listens, side, league, count)
    popular = listeners(listens)
    others = [
        als.scores(listens, side, league, 0, factors=128, regularisation=100, confidence=20, sweeps=10),
        als.scores(listens, side, league, 0, factors=32, regularisation=100, confidence=20, sweeps=10),
        item_knn.scores(listens, side, league, 0, neighbours=100, shrinkage=10, exponent=1),
        without_own_message(scale_artists(binary(listens), popular**-0.25), 20.0) * popular**0.15,
    ]
    return candidates, np.concatenate([found, np.stack([of(one, candidates) for one in others], axis=2)], axis=2)


def scores(
    listens: sp.csr_array,
    side: Side | None,
    league: str,
    seed: int,
    candidates: int,
    folds: int,
    hidden: int,
    dropout: float,
    learning_rate: float,
    weight_decay: float,
    epochs: int,
    members: int,
) -> np.ndarray:
    """(U, A): the network's score of a candidate; others are all alike, below."""
    return learn(
        lambda known: describe(known, side, league, min(candidates, listens.shape[1])),
        listens,
        seed,
        folds,
        hidden,
        dropout,
        learning_rate,
        weight_decay,
        epochs,
        members,
    )
