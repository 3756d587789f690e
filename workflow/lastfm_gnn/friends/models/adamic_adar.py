"""Rival: common friends, each counted 1 / ln of their number of friends (Adamic and Adar, 2003)."""

import numpy as np
import scipy.sparse as sp

from lastfm_gnn.core.settings import NoSettings
from lastfm_gnn.friends.problem import FriendProblem

Settings = NoSettings


def fit(problem: FriendProblem, settings: Settings, seed: int) -> np.ndarray:
    """(P,); nothing is random. A common friend has two friends at least."""
    graph, pairs = problem.graph, problem.pairs
    weight = sp.diags_array(1 / np.log(np.maximum(graph.degree, 2)))
    return (graph.adjacency @ weight @ graph.adjacency)[pairs[:, 0], pairs[:, 1]]
