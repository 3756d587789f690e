"""Rival: how many friends two users have in common."""

import numpy as np

from lastfm_gnn.core.places import product_at
from lastfm_gnn.core.settings import NoSettings
from lastfm_gnn.friends.problem import FriendProblem

Settings = NoSettings


def fit(problem: FriendProblem, settings: Settings, seed: int) -> np.ndarray:
    """(P,); nothing is random. Memory grows with the friendships and the pairs, time with the squares of degrees."""
    return product_at(problem.graph.adjacency, problem.graph.adjacency, *problem.pairs.T)
