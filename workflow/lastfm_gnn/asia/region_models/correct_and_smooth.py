"""Correct and smooth (Huang et al., ICLR 2021) on a logistic regression over the graph's NetMF embedding.

A base model that sees no label but its own is corrected by its errors on labelled users, which travel over the
graph, and smoothed by the labels themselves, which travel after them.
"""

from functools import lru_cache

import numpy as np
from sklearn.linear_model import LogisticRegression

from lastfm_gnn.asia.users import UserInputs
from lastfm_gnn.data.friendships import one_hot


@lru_cache(maxsize=8)
def _base(users: UserInputs, labels: bytes, classes: int, inverse_penalty: float) -> np.ndarray:
    """Probabilities (N, classes) by a logistic regression; kept, since settings of what follows share it."""
    known_labels = np.frombuffer(labels, dtype=np.int64)
    known = np.flatnonzero(known_labels >= 0)
    inputs = (users.embedding - users.embedding.mean(0)) / users.embedding.std(0)
    base = LogisticRegression(C=inverse_penalty, max_iter=500).fit(inputs[known], known_labels[known])
    soft = np.zeros((len(inputs), classes))
    soft[:, base.classes_] = base.predict_proba(inputs)
    return soft


def scores(
    users: UserInputs,
    labels: np.ndarray,
    classes: int,
    inverse_penalty: float,
    alpha_correct: float,
    scale: float,
    alpha_smooth: float,
) -> np.ndarray:
    """Scores (N, classes) from labels (N,), -1 where unknown (eqs. 2 to 7, fixed scale)."""
    known = np.flatnonzero(labels >= 0)
    soft = _base(users, labels.astype(np.int64).tobytes(), classes, inverse_penalty)
    hot = one_hot(labels, classes)
    error = np.zeros_like(soft)
    error[known] = hot[known] - soft[known]
    corrected = soft + scale * users.graph.propagate(error, alpha_correct)
    corrected[known] = hot[known]
    return users.graph.propagate(corrected, alpha_smooth)
