"""The region of most labelled friends; without any, or in a tie, the larger region."""

import numpy as np

from lastfm_gnn.asia.users import UserInputs
from lastfm_gnn.data.friendships import one_hot


def scores(users: UserInputs, labels: np.ndarray, classes: int) -> np.ndarray:
    """Scores (N, classes) from labels (N,), -1 where unknown: votes, and shares of all users, below one vote."""
    hot = one_hot(labels, classes)
    return users.graph.adjacency @ hot + 0.5 * hot.mean(0)
