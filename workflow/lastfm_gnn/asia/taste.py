"""Taste that has travelled over the friendship graph: what a user's surroundings like, their own list left out."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from sklearn.utils.extmath import randomized_svd

from lastfm_gnn.asia.problems import ArtistProblem

RESTARTS = (0.5, 0.3, 0.15, 0.05)  # of the walks: from friends alone to a whole region
SHRINKAGE = 0.03


@dataclass(frozen=True)
class Surroundings:
    """Of K known users, then R others. weights (walks, K + R, K): how near the known are to them, 0 for themselves;
    coordinates (K, d) of the known in the main directions of taste (d, A); embedding (K + R, D): place in the graph.
    """

    weights: np.ndarray
    coordinates: np.ndarray
    directions: np.ndarray
    embedding: np.ndarray

    def _look(self, seen: np.ndarray) -> np.ndarray:
        """(K + R, F): the mean taste around each user by every walk, shrunk to everybody's; how many are around; the
        embedding. seen (K,): 0 for those whose lists are hidden, else 1.
        """
        total = self.weights @ (np.column_stack([self.coordinates, np.ones_like(seen)]) * seen[:, None])
        mass = total[..., -1]
        means = total[..., :-1] / (mass[..., None] + SHRINKAGE)
        return np.concatenate([*means, np.log(mass + 1e-2).T, self.embedding], axis=1)

    @cached_property
    def _everything(self) -> np.ndarray:
        return self._look(np.ones(len(self.coordinates), dtype=np.float32))

    @cached_property
    def _spread(self) -> np.ndarray:
        """(F,) divisors: one for all means, since their first directions carry most; twice the embedding's own."""
        walks, known = len(self.weights), len(self.coordinates)
        means = walks * self.coordinates.shape[1]
        spread = self._everything[:known].std(0) + 1e-6
        spread[:means] = np.sqrt((spread[:means] ** 2).mean())
        spread[means + walks :] *= 2
        return spread

    def inputs(self, hidden: np.ndarray | None = None) -> np.ndarray:
        """(K + R, F) in float32: how things look without the lists of `hidden` (K,) bool, scaled by how all look."""
        look = self._everything if hidden is None else self._look((~hidden).astype(np.float32))
        return ((look - self._everything[: len(self.coordinates)].mean(0)) / self._spread).astype(np.float32)


@lru_cache(maxsize=1)
def diffuse(problem: ArtistProblem, dimensions: int) -> Surroundings:
    """Surroundings in `dimensions` directions of taste; kept for the next settings, which share them. The likes of
    those who are scored are nowhere used.

    A walk's visits to a user of many friends count for less, as on the symmetric graph.
    """
    graph, known = problem.graph, problem.known
    likes = known.likes.toarray()
    likes -= likes.mean(0)
    _, _, directions = randomized_svd(likes, dimensions, n_iter=4, random_state=0)
    users = np.concatenate([known.rows, problem.rows])
    own = np.arange(len(known.rows))
    root = np.sqrt(np.maximum(graph.degree, 1)).astype(np.float32)
    weights = np.empty((len(RESTARTS), len(users), len(own)), dtype=np.float32)
    for weight, restart in zip(weights, RESTARTS, strict=True):
        weight[:] = graph.pagerank(known.rows, restart)[users] * root[users, None] / root[known.rows]
        weight[own, own] = 0
    return Surroundings(weights, likes @ directions.T, directions, problem.embedding[users])
