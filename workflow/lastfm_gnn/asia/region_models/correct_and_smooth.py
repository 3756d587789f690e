"""Correct and smooth (Huang et al., ICLR 2021) on a logistic regression over the graph's NetMF embedding.

A base model that sees no label but its own is corrected by its errors on labelled users, which travel over the
graph, and smoothed by the labels themselves, which travel after them.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from sklearn.linear_model import LogisticRegression

from lastfm_gnn.asia.problems import RegionProblem
from lastfm_gnn.data.friendships import one_hot


@dataclass(frozen=True)
class Settings:
    """inverse_penalty: of the regression; alpha_correct, alpha_smooth: how far errors and labels travel, from 0 to 1;
    scale: of the errors."""

    inverse_penalty: float
    alpha_correct: float
    scale: float
    alpha_smooth: float


@lru_cache(maxsize=8)
def base_model(problem: RegionProblem, inverse_penalty: float) -> np.ndarray:
    """Probabilities (N, classes) by a logistic regression; kept, since settings of what follows share it."""
    known = np.flatnonzero(problem.labels >= 0)
    inputs = (problem.embedding - problem.embedding.mean(0)) / problem.embedding.std(0)
    base = LogisticRegression(C=inverse_penalty, max_iter=500).fit(inputs[known], problem.labels[known])
    soft = np.zeros((len(inputs), problem.classes))
    soft[:, base.classes_] = base.predict_proba(inputs)
    return soft


def fit(problem: RegionProblem, settings: Settings, seed: int) -> np.ndarray:
    """Scores (N, classes) (eqs. 2 to 7, fixed scale)."""
    known = np.flatnonzero(problem.labels >= 0)
    soft = base_model(problem, settings.inverse_penalty)
    hot = one_hot(problem.labels, problem.classes)
    error = np.zeros_like(soft)
    error[known] = hot[known] - soft[known]
    corrected = soft + settings.scale * problem.graph.propagate(error, settings.alpha_correct)
    corrected[known] = hot[known]
    return problem.graph.propagate(corrected, settings.alpha_smooth)
