"""Rival: how often a walk from one user that goes home now and then is at the other (Jeh and Widom, 2003)."""

import numpy as np

from lastfm_gnn.data.friendships import FriendGraph

BLOCK = 256


def scores(graph: FriendGraph, pairs: np.ndarray, seed: int, *, restart: float, hubs: float) -> np.ndarray:
    """(P,) for pairs (P, 2), the same from both ends; nothing is random.

    Visits on the symmetric graph times (degree · degree)^hubs: from one end, hubs .5 ranks as PageRank itself does.
    """
    ends, column = np.unique(pairs[:, 0], return_inverse=True)
    found = np.empty(len(pairs))
    for start in range(0, len(ends), BLOCK):
        rows = np.flatnonzero((column >= start) & (column < start + BLOCK))
        walks = graph.pagerank(ends[start : start + BLOCK], restart)
        found[rows] = walks[pairs[rows, 1], column[rows] - start]
    first, second = (np.maximum(graph.degree[end], 1) for end in pairs.T)
    return found * (second / first) ** 0.5 * (first * second) ** hubs
