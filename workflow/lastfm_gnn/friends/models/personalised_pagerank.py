"""Rival: how often a walk from one user that goes home now and then is at the other (Jeh and Widom, 2003)."""

from dataclasses import dataclass

import numpy as np

from lastfm_gnn.friends.problem import FriendProblem

BLOCK = 256


@dataclass(frozen=True)
class Settings:
    """restart: how likely a walk goes home at each step; hubs: see fit()."""

    restart: float
    hubs: float


def fit(problem: FriendProblem, settings: Settings, seed: int) -> np.ndarray:
    """(P,), the same from both ends; nothing is random. Memory grows with N · BLOCK, time with friendships · users in
    pairs.

    Visits on the symmetric graph times (degree · degree)^hubs: from one end, hubs .5 ranks as PageRank itself does.
    """
    graph, pairs = problem.graph, problem.pairs
    ends, column = np.unique(pairs[:, 0], return_inverse=True)
    visits = np.empty(len(pairs))
    for start in range(0, len(ends), BLOCK):
        rows = np.flatnonzero((column >= start) & (column < start + BLOCK))
        walks = graph.pagerank(ends[start : start + BLOCK], settings.restart)
        visits[rows] = walks[pairs[rows, 1], column[rows] - start]
    first, second = (np.maximum(graph.degree[end], 1) for end in pairs.T)
    return visits * (second / first) ** 0.5 * (first * second) ** settings.hubs
