"""Trivial predictor: the mean of the user's training scores; the global mean for a user without any."""

import numpy as np

from lastfm_gnn.core.settings import NoSettings

Settings = NoSettings


def fit(
    user: np.ndarray, artist: np.ndarray, liking: np.ndarray, num_nodes: int, settings: Settings
) -> tuple[float, np.ndarray]:
    """Offset and biases (num_nodes,) from training pairs (B,): node numbers and scores."""
    mean = liking.mean()
    count = np.bincount(user, minlength=num_nodes)
    return mean, np.bincount(user, liking - mean, num_nodes) / np.maximum(count, 1)
