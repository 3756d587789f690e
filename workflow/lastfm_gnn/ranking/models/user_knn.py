"""Closed form on the graph: what the users who are most alike listen to (cosine of log counts; Herlocker et al.,
SIGIR 1999)."""

from dataclasses import dataclass

import numpy as np

from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.weights import gram, listeners, log_plays, scale_artists, scale_users


@dataclass(frozen=True)
class Settings:
    neighbours: int
    damping: float
    exponent: float


def fit(problem: RankingProblem, settings: Settings, seed: int) -> np.ndarray:
    """(U, A): Σ_v c_uv^exponent · x_va over the `neighbours` nearest users v of u, c: cosine of lists of log plays,
    in which an artist counts for less the more listeners it has (listeners^-damping).

    Memory: arrays (U, A) and (U, U). Time: n · U."""
    problem.expect_room(arrays=1, kernels=3)
    plays = log_plays(problem.listens)
    weights = scale_artists(plays, listeners(problem.listens) ** -settings.damping)
    near = gram(scale_users(weights, 1 / np.sqrt(np.maximum((weights * weights).sum(1), 1e-9))))  # (U, U)
    np.fill_diagonal(near, 0)
    if settings.neighbours < len(near):
        least = np.partition(near, -settings.neighbours, axis=1)[:, -settings.neighbours]
        near[near < least[:, None]] = 0
    return (plays.T.tocsr() @ (near**settings.exponent).T).T
