"""Scores of predicted regions; apart from the other metrics, since scikit-learn takes a second to import."""

import numpy as np
from sklearn.metrics import accuracy_score, f1_score

from lastfm_gnn.data.asia import REGIONS


def region_scores(region: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """Accuracy, and F1 averaged over all 18 regions, 0 for one neither true nor predicted; of users (n,)."""
    f1 = f1_score(region, predicted, labels=range(REGIONS), average="macro", zero_division=0)
    return {"accuracy": float(accuracy_score(region, predicted)), "macro_f1": float(f1)}
