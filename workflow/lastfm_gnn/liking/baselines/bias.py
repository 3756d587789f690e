"""Trivial predictor: global mean + user's bias + artist's bias, both shrunk (Koren, 2010, eq. 1)."""

from dataclasses import dataclass

import numpy as np

ROUNDS = 30


@dataclass(frozen=True)
class Settings:
    """Added to the number of a node's scores."""

    user_shrinkage: float
    artist_shrinkage: float


def fit(
    user: np.ndarray, artist: np.ndarray, liking: np.ndarray, num_nodes: int, settings: Settings
) -> tuple[float, np.ndarray]:
    """Offset and biases (num_nodes,) from training pairs (B,): node numbers and scores.

    Ridge regression by alternation: a bias is the sum of its node's residuals / (their number + shrinkage).
    """
    mean = liking.mean()
    bias = np.zeros(num_nodes)
    for _ in range(ROUNDS):
        for node, other, shrinkage in (
            (user, artist, settings.user_shrinkage),
            (artist, user, settings.artist_shrinkage),
        ):
            residual = np.bincount(node, liking - mean - bias[other], num_nodes)
            count = np.bincount(node, minlength=num_nodes)
            bias = np.divide(residual, count + shrinkage, out=bias, where=count > 0)
    return mean, bias
