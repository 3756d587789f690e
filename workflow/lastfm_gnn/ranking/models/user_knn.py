"""Closed form on the graph: what the users who are most alike listen to (cosine of log counts; Herlocker et al.,
SIGIR 1999)."""

import numpy as np
import scipy.sparse as sp

from lastfm_gnn.data.listens import Side
from lastfm_gnn.ranking.weights import gram, listeners, log_plays, scale_artists, scale_users


def scores(
    listens: sp.csr_array, side: Side | None, league: str, seed: int, neighbours: int, damping: float, exponent: float
) -> np.ndarray:
    """(U, A): Σ_v c_uv^exponent · x_va over the `neighbours` nearest users v of u, c: cosine of lists of log plays,
    in
    which an artist counts for less the more listeners it has (listeners^-damping)."""
    plays = log_plays(listens)
    weights = scale_artists(plays, listeners(listens) ** -damping)
    near = gram(scale_users(weights, 1 / np.sqrt(np.maximum((weights * weights).sum(1), 1e-9))))  # (U, U)
    np.fill_diagonal(near, 0)
    if neighbours < len(near):
        least = np.partition(near, -neighbours, axis=1)[:, -neighbours]
        near[near < least[:, None]] = 0
    return (plays.T.tocsr() @ (near**exponent).T).T
