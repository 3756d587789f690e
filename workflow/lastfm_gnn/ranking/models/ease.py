"""Baseline: EASE: a linear regression of every artist on all others, in closed form (Steck, WWW 2019)."""

from dataclasses import dataclass

import numpy as np

from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.weights import item_ridge, listeners, log_plays, scale_artists


@dataclass(frozen=True)
class Settings:
    """Weights are log plays over listeners^damping; scores are times listeners^popularity."""

    ridge: float
    damping: float
    popularity: float


def fit(problem: RankingProblem, settings: Settings, seed: int) -> np.ndarray:
    """(U, A), solved in the space of users, who are fewer. Memory: arrays (U, A) and (U, U). Time: U³ + n · U."""
    problem.expect_room(arrays=2, kernels=4)
    count = listeners(problem.listens)
    weights = scale_artists(log_plays(problem.listens), count**-settings.damping)
    return item_ridge(weights, settings.ridge)[0] * count**settings.popularity
