"""Baseline: label propagation (Zhou et al., "Learning with Local and Global Consistency", 2003)."""

import numpy as np

from lastfm_gnn.friendships import FriendGraph, one_hot


def scores(graph: FriendGraph, embedding: np.ndarray, labels: np.ndarray, classes: int, alpha: float) -> np.ndarray:
    """Scores (N, classes) from labels (N,), -1 where unknown."""
    return graph.propagate(one_hot(labels, classes), alpha)
