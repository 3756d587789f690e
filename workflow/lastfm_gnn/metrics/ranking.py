"""Scores of ranked artists, one a user."""

import numpy as np
import pandas as pd

from lastfm_gnn.metrics.ranked_lists import Likes, hits, ndcg, recall

PLACES = (10, 20)


def ranking_scores(relevant: Likes, best: np.ndarray, listeners: np.ndarray) -> pd.DataFrame:
    """A row a user, of relevant (U, A) bool, best (U, 20 or more) artists, best first, and listeners (A,) in train.

    Recall, NDCG, MRR (1 / place of the first that is relevant, else 0), hit (whether any is) and popularity (mean
    listeners of what is recommended).
    """
    columns = {}
    for k in PLACES:
        hit = hits(relevant, best[:, :k])
        columns[f"recall_{k}"] = recall(relevant, best[:, :k])
        columns[f"ndcg_{k}"] = ndcg(relevant, best[:, :k])
        columns[f"mrr_{k}"] = np.where(hit.any(1), 1 / (hit.argmax(1) + 1), 0.0)
        columns[f"hit_{k}"] = hit.any(1).astype(float)
        columns[f"popularity_{k}"] = listeners[best[:, :k]].mean(1)
    return pd.DataFrame(columns)
