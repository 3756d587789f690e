"""Baseline: everybody likes what most others like."""

import numpy as np

from lastfm_gnn.asia.problems import ArtistProblem
from lastfm_gnn.core.settings import NoSettings

Settings = NoSettings


def fit(problem: ArtistProblem, settings: Settings, seed: int) -> np.ndarray:
    """(R, A): every artist's share of the known users."""
    return np.tile(problem.known.likes.mean(0), (len(problem.rows), 1))
