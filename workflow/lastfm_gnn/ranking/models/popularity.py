"""Baseline: how many listen to an artist, the same for everybody."""

import numpy as np

from lastfm_gnn.core.settings import NoSettings
from lastfm_gnn.ranking.problem import RankingProblem

Settings = NoSettings


def fit(problem: RankingProblem, settings: Settings, seed: int) -> np.ndarray:
    """(U, A): listeners in training, of equal ones those with more plays."""
    listens = problem.listens
    listeners = np.bincount(listens.indices, minlength=listens.shape[1])
    plays = listens.sum(0)
    popularity = listeners + plays / (plays.max() + 1)
    return np.tile(popularity.astype(np.float32), (listens.shape[0], 1))
