"""Rival: biases, and what they leave of the user's artists that are most alike (Koren, 2010, section 2.2).

Two artists are as alike as the cosine of their listeners.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from lastfm_gnn.data.listens import Pairs
from lastfm_gnn.liking.listen_graph import cosine_at, edges_of
from lastfm_gnn.liking.models import bias
from lastfm_gnn.liking.problem import AT_ONCE, Fitted, LikingProblem, in_blocks

NEIGHBOUR = 100  # bytes of a listen of a pair's user


@dataclass(frozen=True)
class Settings(bias.Settings):
    """shrinkage: added to the sum of the cosines."""

    neighbours: int
    shrinkage: float


def fit(problem: LikingProblem, settings: Settings, seed: int) -> Fitted:
    """The seed is not used: there is nothing random.

    Memory grows with the listens; time with the squares of users' listens. Raises InputError where that does not
    fit."""
    if valid := problem.valid:
        neighbours = np.bincount(problem.train.user, minlength=problem.users)[valid.user]
        problem.expect_room(NEIGHBOUR * int(np.sort(neighbours)[-AT_ONCE:].sum()))  # of the largest block
    base = bias.fit(problem, settings, seed).predict
    train = problem.train
    left = sp.csr_array((train.liking - base(train), (train.user, train.artist)), (problem.users, problem.artists))
    listens = sp.csr_array((np.ones_like(left.data), left.indices, left.indptr), left.shape)
    listeners = listens.T.tocsr()

    @in_blocks
    def predict(pairs: Pairs) -> np.ndarray:
        target, edge = edges_of(left.indptr, pairs.user)
        weight = cosine_at(listeners, listens, pairs.artist[target], left.indices[edge])
        order = np.lexsort((-weight, target))  # the most alike first
        place = np.arange(len(order)) - np.searchsorted(target, target)
        near = order[place < settings.neighbours]
        total = np.bincount(target[near], weight[near] * left.data[edge[near]], len(pairs))
        return base(pairs) + total / (np.bincount(target[near], weight[near], len(pairs)) + settings.shrinkage)

    return Fitted(predict)
