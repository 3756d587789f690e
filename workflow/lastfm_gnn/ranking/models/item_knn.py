"""Closed form on the graph: artists like those whom a user listens to: cosine of log counts (Deshpande and Karypis,
TOIS 2004)."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy.sparse as sp

from lastfm_gnn.core.memory import GIB
from lastfm_gnn.core.places import ends_of_blocks
from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.scores import SparseFactors
from lastfm_gnn.ranking.weights import log_plays


@dataclass(frozen=True)
class Settings:
    neighbours: int
    shrinkage: float
    exponent: float


def fit(problem: RankingProblem, settings: Settings, seed: int) -> SparseFactors:
    """(U, A): Σ_i x_ui · c_ia over the `neighbours` nearest i of a, c: shrunk cosine to the power of `exponent`.

    Memory: 60 bytes a listen, 16 · neighbours bytes an artist, and 1 GiB. Time: of every listen, its user's listens.
    """
    needed = 60 * problem.listens.nnz + 16 * settings.neighbours * problem.listens.shape[1] + GIB
    problem.expect_bytes(needed, "take popularity or als, which need less, or fewer neighbours")
    weights = log_plays(problem.listens)
    norm = np.sqrt(np.asarray((weights * weights).sum(0)))
    by_artist = weights.T.tocsr()
    parts = []
    for start, end in pairwise(ends_of_blocks(by_artist, weights)):
        near = (by_artist[start:end] @ weights).tocsr()  # (end - start, A), sparse
        near.sort_indices()
        near.setdiag(0, k=start)
        near.eliminate_zeros()
        row = np.repeat(np.arange(end - start), np.diff(near.indptr))
        near.data = (near.data / (norm[start + row] * norm[near.indices] + settings.shrinkage)) ** settings.exponent
        order = np.lexsort((-near.data, row))  # rows are in order already: their entries, the nearest first
        place = np.arange(len(row)) - near.indptr[row]
        kept = order[place < settings.neighbours]
        parts.append(sp.csr_array((near.data[kept], (row[kept], near.indices[kept])), near.shape))
    return SparseFactors(weights, sp.vstack(parts).tocsr())
