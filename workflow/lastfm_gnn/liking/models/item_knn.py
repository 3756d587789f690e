"""Rival: biases, and what they leave of the user's artists that are most alike (Koren, 2010, section 2.2).

Two artists are as alike as the cosine of their listeners.
"""

import numpy as np
import scipy.sparse as sp

from lastfm_gnn.data.listens import Pairs
from lastfm_gnn.liking.listen_graph import cosine, edges_of, values_at
from lastfm_gnn.liking.models import bias
from lastfm_gnn.liking.problem import Fitted, LikingProblem


def fit(
    problem: LikingProblem,
    seed: int,
    user_shrinkage: float,
    artist_shrinkage: float,
    neighbours: int,
    shrinkage: float,
) -> Fitted:
    """shrinkage: added to the sum of the cosines."""
    base = bias.fit(problem, seed, user_shrinkage, artist_shrinkage).predict
    train = problem.train
    left = sp.csr_array((train.liking - base(train), (train.user, train.artist)), (problem.users, problem.artists))
    alike = cosine(sp.csr_array((np.ones_like(left.data), left.indices, left.indptr), left.shape))

    def predict(pairs: Pairs) -> np.ndarray:
        target, edge = edges_of(left.indptr, pairs.user)
        weight = values_at(alike, pairs.artist[target], left.indices[edge])
        order = np.lexsort((-weight, target))  # the most alike first
        place = np.arange(len(order)) - np.searchsorted(target, target)
        near = order[place < neighbours]
        total = np.bincount(target[near], weight[near] * left.data[edge[near]], len(pairs))
        return base(pairs) + total / (np.bincount(target[near], weight[near], len(pairs)) + shrinkage)

    return Fitted(predict)
