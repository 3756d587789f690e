"""Rival: common friends, each counted 1 / ln of their number of friends (Adamic and Adar, 2003)."""

import numpy as np
import scipy.sparse as sp

from lastfm_gnn.core.places import product_at
from lastfm_gnn.core.settings import NoSettings
from lastfm_gnn.friends.problem import FriendProblem

Settings = NoSettings


def fit(problem: FriendProblem, settings: Settings, seed: int) -> np.ndarray:
    """(P,); nothing is random. A common friend has two friends at least. Memory grows with the friendships and the
    pairs, time with the squares of degrees."""
    graph = problem.graph
    weight = sp.diags_array(1 / np.log(np.maximum(graph.degree, 2)))
    return product_at((graph.adjacency @ weight).tocsr(), graph.adjacency, *problem.pairs.T)
