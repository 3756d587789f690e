"""Kernel ridge regression on diffused taste: users whose surroundings are alike like the same."""

from dataclasses import dataclass

import numpy as np
from sklearn.kernel_ridge import KernelRidge

from lastfm_gnn.asia.problems import ArtistProblem
from lastfm_gnn.asia.taste import diffuse


@dataclass(frozen=True)
class Settings:
    """dimensions: of taste; width: of the Gaussian kernel, in typical distances; penalty: of the regression."""

    dimensions: int
    width: float
    penalty: float


def fit(problem: ArtistProblem, settings: Settings, seed: int) -> np.ndarray:
    """(R, A)."""
    known = problem.known
    inputs = diffuse(problem, settings.dimensions).inputs()
    count = len(known.rows)
    popularity = known.likes.mean(0)
    spread = inputs[:count].var(0).sum()
    kernel = KernelRidge(alpha=settings.penalty, kernel="rbf", gamma=1 / (settings.width**2 * 2 * spread))
    residuals = kernel.fit(inputs[:count], known.likes.toarray() - popularity).predict(inputs[count:])
    return np.clip(popularity + residuals, 0, 1)
