"""Rival: common friends, each counted 1 / ln of their number of friends (Adamic and Adar, 2003)."""

import numpy as np
import scipy.sparse as sp

from lastfm_gnn.data.friendships import FriendGraph


def scores(graph: FriendGraph, pairs: np.ndarray, seed: int) -> np.ndarray:
    """(P,) for pairs (P, 2); nothing is random. A common friend has two friends at least."""
    weight = sp.diags_array(1 / np.log(np.maximum(graph.degree, 2)))
    return (graph.adjacency @ weight @ graph.adjacency)[pairs[:, 0], pairs[:, 1]]
