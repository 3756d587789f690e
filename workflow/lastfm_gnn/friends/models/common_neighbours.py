"""Rival: how many friends two users have in common."""

import numpy as np

from lastfm_gnn.data.friendships import FriendGraph


def scores(graph: FriendGraph, pairs: np.ndarray, seed: int) -> np.ndarray:
    """(P,) for pairs (P, 2); nothing is random."""
    return (graph.adjacency @ graph.adjacency)[pairs[:, 0], pairs[:, 1]]
