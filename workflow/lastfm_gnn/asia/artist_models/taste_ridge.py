"""Kernel ridge regression on diffused taste: users whose surroundings are alike like the same."""

import numpy as np
from sklearn.kernel_ridge import KernelRidge

from lastfm_gnn.asia.taste import diffuse
from lastfm_gnn.asia.users import Part, UserInputs


def scores(
    users: UserInputs,
    known: Part,
    rows: np.ndarray,
    dimensions: int,
    width: float,
    penalty: float,
) -> np.ndarray:
    """(R, A) for users `rows` (R,) from the likes of others, by a Gaussian kernel; width: in typical distances."""
    inputs = diffuse(users.graph, users.embedding, known, rows, dimensions).inputs()
    count = len(known.rows)
    popularity = known.likes.mean(0)
    spread = inputs[:count].var(0).sum()
    kernel = KernelRidge(alpha=penalty, kernel="rbf", gamma=1 / (width**2 * 2 * spread))
    found = kernel.fit(inputs[:count], known.likes.toarray() - popularity).predict(inputs[count:])
    return np.clip(popularity + found, 0, 1)
