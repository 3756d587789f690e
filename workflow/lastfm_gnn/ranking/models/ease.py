"""Baseline: EASE: a linear regression of every artist on all others, in closed form (Steck, WWW 2019)."""

import numpy as np
import scipy.sparse as sp

from lastfm_gnn.data.listens import Side
from lastfm_gnn.ranking.weights import item_ridge, listeners, log_plays, scale_artists


def scores(
    listens: sp.csr_array,
    side: Side | None,
    league: str,
    seed: int,
    ridge: float,
    damping: float,
    popularity: float,
) -> np.ndarray:
    """(U, A), on popularity-damped weights, solved in the space of users, who are fewer."""
    count = listeners(listens)
    weights = scale_artists(log_plays(listens), count**-damping)
    return item_ridge(weights, ridge)[0] * count**popularity
