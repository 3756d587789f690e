"""Label propagation (Zhou et al., "Learning with Local and Global Consistency", 2003)."""

import numpy as np

from lastfm_gnn.asia.users import UserInputs
from lastfm_gnn.data.friendships import one_hot


def scores(users: UserInputs, labels: np.ndarray, classes: int, alpha: float) -> np.ndarray:
    """Scores (N, classes) from labels (N,), -1 where unknown."""
    return users.graph.propagate(one_hot(labels, classes), alpha)
