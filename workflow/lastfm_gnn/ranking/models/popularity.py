"""Baseline: how many listen to an artist, the same for everybody."""

import numpy as np

from lastfm_gnn.core.settings import NoSettings
from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.scores import Factors

Settings = NoSettings


def fit(problem: RankingProblem, settings: Settings, seed: int) -> Factors:
    """Listeners in training, of equal ones those with more plays. Memory and time grow with n."""
    listens = problem.listens
    listeners = np.bincount(listens.indices, minlength=listens.shape[1])
    plays = listens.sum(0)
    popularity = listeners + plays / (plays.max() + 1)
    return Factors(np.ones((listens.shape[0], 1), dtype=np.float32), popularity.astype(np.float32)[:, None])
