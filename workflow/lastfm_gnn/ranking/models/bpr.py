"""Baseline: factors of users and artists, taught on pairs of artists (Rendle et al., "BPR", UAI 2009)."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from implicit.cpu.bpr import BayesianPersonalizedRanking

from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.scores import Factors


@dataclass(frozen=True)
class Settings:
    factors: int
    learning_rate: float
    regularisation: float
    epochs: int


def fit(problem: RankingProblem, settings: Settings, seed: int) -> Factors:
    """The factors hold a bias an artist. Memory: 35 bytes a listen and 8 · factors bytes a user and artist. Time: an
    epoch grows with n · factors."""
    nodes = sum(problem.listens.shape)
    problem.expect_bytes(35 * problem.listens.nnz + 8 * settings.factors * nodes, "take popularity, or fewer factors")
    model = BayesianPersonalizedRanking(
        factors=settings.factors,
        learning_rate=settings.learning_rate,
        regularization=settings.regularisation,
        iterations=settings.epochs,
        random_state=seed,
        num_threads=1,
    )
    model.fit(sp.csr_matrix(problem.listens > 0, dtype=np.float32), show_progress=False)
    return Factors(np.asarray(model.user_factors), np.asarray(model.item_factors))
