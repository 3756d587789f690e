"""Rival: how many friends two users have in common."""

import numpy as np

from lastfm_gnn.core.settings import NoSettings
from lastfm_gnn.friends.problem import FriendProblem

Settings = NoSettings


def fit(problem: FriendProblem, settings: Settings, seed: int) -> np.ndarray:
    """(P,); nothing is random."""
    graph, pairs = problem.graph, problem.pairs
    return (graph.adjacency @ graph.adjacency)[pairs[:, 0], pairs[:, 1]]
