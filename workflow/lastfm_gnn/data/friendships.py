"""The undirected friendship graph of LastFM Asia as sparse matrices, and what travels over it."""

import numpy as np
import pandas as pd
import scipy.sparse as sp


class FriendGraph:
    """adjacency (N, N): 1 for every friendship, both ways. degree (N,). symmetric: D^-1/2 A D^-1/2.

    Users are numbered by their place in `user_id`, sorted.
    """

    def __init__(self, user_id: np.ndarray, friendships: pd.DataFrame):
        n = len(user_id)
        ends = np.searchsorted(user_id, friendships.user_id), np.searchsorted(user_id, friendships.friend_id)
        one_way = sp.coo_array((np.ones(len(friendships)), ends), (n, n))
        self.adjacency = (one_way + one_way.T).tocsr()
        self.degree = self.adjacency.sum(1)
        scale = sp.diags_array(np.where(self.degree > 0, np.maximum(self.degree, 1) ** -0.5, 0))
        self.symmetric = (scale @ self.adjacency @ scale).tocsr()

    def propagate(self, start: np.ndarray, alpha: float, rounds: int = 50) -> np.ndarray:
        """F <- α S F + (1 - α) F_0, `rounds` times from F_0 = start (N, C) (Zhou et al., 2003)."""
        scores = start
        for _ in range(rounds):
            scores = alpha * (self.symmetric @ scores) + (1 - alpha) * start
        return scores

    def pagerank(self, ends: np.ndarray, restart: float, rounds: int = 30) -> np.ndarray:
        """Personalised PageRank (N, E) in float32: how often a walk from each user that goes home with probability
        `restart` at every step is at each of `ends` (E,)."""
        walk = (self.adjacency / np.maximum(self.degree, 1)[:, None]).tocsr().astype(np.float32)
        start = np.zeros((len(self.degree), len(ends)), dtype=np.float32)
        start[ends, np.arange(len(ends))] = restart
        visits = start
        for _ in range(rounds):
            visits = start + np.float32(1 - restart) * (walk @ visits)
        return visits


def one_hot(labels: np.ndarray, classes: int) -> np.ndarray:
    """(N, classes); a row of zeros where the label is -1, unknown."""
    rows = np.flatnonzero(labels >= 0)
    hot = np.zeros((len(labels), classes))
    hot[rows, labels[rows]] = 1
    return hot
