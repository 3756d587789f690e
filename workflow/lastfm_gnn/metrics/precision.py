"""Precision and recall at every threshold, and average precision: scikit-learn's numbers, to the bit, without its
checks of every input, which cost most of the time of a user's few thousand artists."""

import numpy as np


def precision_recall(likes: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """As sklearn.metrics.precision_recall_curve, from likes (n,) bool and scores (n,): precision and recall (T + 1,),
    the last 1 and 0, and thresholds (T,), which rise."""
    order = np.argsort(scores)[::-1]  # equals are one threshold, in any order
    ranked = scores[order]
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    hits = np.cumsum(likes[order], dtype=np.float64)[last]
    recall = hits / hits[-1] if hits[-1] else np.ones_like(hits)
    precision = hits / (last + 1)
    return np.append(precision[::-1], 1), np.append(recall[::-1], 0), ranked[last][::-1]


def average_precision(likes: np.ndarray, scores: np.ndarray) -> float:
    """As sklearn.metrics.average_precision_score, from likes (n,) bool and scores (n,)."""
    precision, recall, _ = precision_recall(likes, scores)
    return max(0.0, float(-np.sum(np.diff(recall) * precision[:-1])))
