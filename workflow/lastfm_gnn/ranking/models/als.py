"""Baseline: factors of users and artists by alternating least squares on implicit feedback (Hu et al., ICDM 2008)."""

import numpy as np
import scipy.sparse as sp
from implicit.cpu.als import AlternatingLeastSquares

from lastfm_gnn.data.listens import Side
from lastfm_gnn.ranking.weights import log_plays


def scores(
    listens: sp.csr_array,
    side: Side | None,
    league: str,
    seed: int,
    factors: int,
    regularisation: float,
    confidence: float,
    sweeps: int,
) -> np.ndarray:
    """(U, A): the product of the factors; confidence in a listen is 1 + confidence · log plays."""
    model = AlternatingLeastSquares(
        factors=factors,
        regularization=regularisation,
        alpha=confidence,
        iterations=sweeps,
        random_state=seed,
        num_threads=1,
    )
    model.fit(sp.csr_matrix(log_plays(listens)), show_progress=False)
    return np.asarray(model.user_factors) @ np.asarray(model.item_factors).T
