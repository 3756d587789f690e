"""The region of most labelled friends; without any, or in a tie, the larger region."""

import numpy as np

from lastfm_gnn.asia.problems import RegionProblem
from lastfm_gnn.core.settings import NoSettings
from lastfm_gnn.data.friendships import one_hot

Settings = NoSettings


def fit(problem: RegionProblem, settings: Settings, seed: int) -> np.ndarray:
    """Scores (N, classes): votes, and shares of all users, below one vote."""
    hot = one_hot(problem.labels, problem.classes)
    return problem.graph.adjacency @ hot + 0.5 * hot.mean(0)
