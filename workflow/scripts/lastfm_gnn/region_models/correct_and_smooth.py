"""Correct and smooth (Huang et al., ICLR 2021) on a logistic regression over the graph's NetMF embedding.

A base model that sees no label but its own is corrected by its errors on labelled users, which travel over the
graph, and smoothed by the labels themselves, which travel after them.
"""

import numpy as np
from sklearn.linear_model import LogisticRegression

from lastfm_gnn.friendships import one_hot
from lastfm_gnn.user_data import UserInputs


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
    inputs = (users.embedding - users.embedding.mean(0)) / users.embedding.std(0)
    base = LogisticRegression(C=inverse_penalty, max_iter=500).fit(inputs[known], labels[known])
    soft = np.zeros((len(labels), classes))
    soft[:, base.classes_] = base.predict_proba(inputs)
    hot = one_hot(labels, classes)
    error = np.zeros_like(soft)
    error[known] = hot[known] - soft[known]
    corrected = soft + scale * users.graph.propagate(error, alpha_correct)
    corrected[known] = hot[known]
    return users.graph.propagate(corrected, alpha_smooth)
