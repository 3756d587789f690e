"""Closed form on the graph: artists like those whom a user listens to: cosine of log counts (Deshpande and Karypis,
TOIS 2004)."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.weights import log_plays


@dataclass(frozen=True)
class Settings:
    neighbours: int
    shrinkage: float
    exponent: float


def fit(problem: RankingProblem, settings: Settings, seed: int) -> np.ndarray:
    """(U, A): Σ_i x_ui · c_ia over the `neighbours` nearest i of a, c: shrunk cosine to the power of `exponent`.

    Memory: arrays (U, A), and the pairs of artists with a common listener. Time: of every listen, its user's listens.
    """
    problem.expect_room(arrays=2)
    weights = log_plays(problem.listens)
    norm = np.sqrt(np.asarray((weights * weights).sum(0)))
    near = (weights.T @ weights).tocsr()  # (A, A), sparse
    near.setdiag(0)
    near.eliminate_zeros()
    row = np.repeat(np.arange(len(norm)), np.diff(near.indptr))
    near.data = (near.data / (norm[row] * norm[near.indices] + settings.shrinkage)) ** settings.exponent
    order = np.lexsort((-near.data, row))  # rows are in order already: their entries, the nearest first
    place = np.arange(len(row)) - near.indptr[row]
    kept = order[place < settings.neighbours]
    nearest = sp.csr_array((near.data[kept], (row[kept], near.indices[kept])), near.shape)
    return (weights @ nearest.T).toarray().astype(np.float32)
