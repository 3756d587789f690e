"""Baseline: factors of users and artists, taught on pairs of artists (Rendle et al., "BPR", UAI 2009)."""

import numpy as np
import scipy.sparse as sp
from implicit.cpu.bpr import BayesianPersonalizedRanking

from lastfm_gnn.data.listens import Side


def scores(
    listens: sp.csr_array,
    side: Side | None,
    league: str,
    seed: int,
    factors: int,
    learning_rate: float,
    regularisation: float,
    epochs: int,
) -> np.ndarray:
    """(U, A): the product of the factors, and a bias an artist."""
    model = BayesianPersonalizedRanking(
        factors=factors,
        learning_rate=learning_rate,
        regularization=regularisation,
        iterations=epochs,
        random_state=seed,
        num_threads=1,
    )
    model.fit(sp.csr_matrix(listens > 0, dtype=np.float32), show_progress=False)
    return np.asarray(model.user_factors) @ np.asarray(model.item_factors).T
