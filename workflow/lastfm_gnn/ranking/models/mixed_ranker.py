"""Second stage: the rival ranker with the walk features beside its own: the two differ in nothing else."""

from functools import partial

import numpy as np

from lastfm_gnn.ranking.learning import RankerSettings, learn
from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.rivals import describe

Settings = RankerSettings


def fit(problem: RankingProblem, settings: Settings, seed: int) -> np.ndarray:
    """(U, A)."""
    return learn(problem, settings, seed, partial(describe, walks=True))
