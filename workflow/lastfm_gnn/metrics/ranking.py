"""Scores of ranked artists, one a user."""

import numpy as np
import pandas as pd

from lastfm_gnn.metrics.ranked_lists import ndcg, recall

PLACES = (10, 20)


def ranking_scores(wanted: np.ndarray, best: np.ndarray, listeners: np.ndarray) -> pd.DataFrame:
    """A row a user, of wanted (U, A) bool, best (U, 20 or more) artists, best first, and listeners (A,) in train.

    Recall, NDCG, MRR (1 / place of the first that is wanted, else 0), hit (whether any is) and popularity (mean
    listeners of what is recommended).
    """
    found = {}
    for k in PLACES:
        hits = np.take_along_axis(wanted, best[:, :k], 1)
        found[f"recall_{k}"] = recall(wanted, best[:, :k])
        found[f"ndcg_{k}"] = ndcg(wanted, best[:, :k])
        found[f"mrr_{k}"] = np.where(hits.any(1), 1 / (hits.argmax(1) + 1), 0.0)
        found[f"hit_{k}"] = hits.any(1).astype(float)
        found[f"popularity_{k}"] = listeners[best[:, :k]].mean(1)
    return pd.DataFrame(found)
