"""Rival: biases, and factors of what they leave, by alternating least squares (Koren, Bell & Volinsky, 2009)."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from lastfm_gnn.liking.models import bias
from lastfm_gnn.liking.problem import Fitted, LikingProblem

ROUNDS = 15


@dataclass(frozen=True)
class Settings(bias.Settings):
    """penalty: of the squares of the factors."""

    dimensions: int
    penalty: float


def solve(rating: sp.csr_array, other: np.ndarray, penalty: float) -> np.ndarray:
    """(n, d): each row's factors by ridge regression on those of the columns that it has scored, other (m, d)."""
    dimensions = other.shape[1]
    has = sp.csr_array((np.ones_like(rating.data), rating.indices, rating.indptr), rating.shape)
    squares = (other[:, :, None] * other[:, None, :]).reshape(len(other), -1)
    gram = (has @ squares).reshape(-1, dimensions, dimensions) + penalty * np.eye(dimensions)
    return np.linalg.solve(gram, (rating @ other)[..., None])[..., 0]


def fit(problem: LikingProblem, settings: Settings, seed: int) -> Fitted:
    """Memory grows with the listens and (users + artists) · dimensions², time with listens · dimensions²."""
    base = bias.fit(problem, settings, seed).predict
    train = problem.train
    left = train.liking - base(train)
    rating = sp.csr_array((left, (train.user, train.artist)), (problem.users, problem.artists))
    transposed = rating.T.tocsr()
    of_artists = np.random.default_rng(seed).normal(0, 0.1, (problem.artists, settings.dimensions))
    for _ in range(ROUNDS):
        of_users = solve(rating, of_artists, settings.penalty)
        of_artists = solve(transposed, of_users, settings.penalty)
    return Fitted(lambda pairs: base(pairs) + (of_users[pairs.user] * of_artists[pairs.artist]).sum(1))
