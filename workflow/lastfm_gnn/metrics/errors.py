"""Errors of predicted liking scores."""

import numpy as np


def liking_errors(liking: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """Exact mean squared and mean absolute error over all pairs (n,), in 64-bit."""
    error = np.asarray(predicted, dtype=np.float64) - np.asarray(liking, dtype=np.float64)
    if not len(error):
        raise ValueError("no pairs to measure an error on")
    return {"mse": float(np.mean(error**2)), "mae": float(np.mean(np.abs(error)))}
