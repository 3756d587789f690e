"""Label propagation (Zhou et al., "Learning with Local and Global Consistency", 2003)."""

from dataclasses import dataclass

import numpy as np

from lastfm_gnn.asia.problems import RegionProblem
from lastfm_gnn.data.friendships import one_hot


@dataclass(frozen=True)
class Settings:
    """alpha: how far labels travel, from 0 to 1."""

    alpha: float


def fit(problem: RegionProblem, settings: Settings, seed: int) -> np.ndarray:
    """Scores (N, classes)."""
    return problem.graph.propagate(one_hot(problem.labels, problem.classes), settings.alpha)
