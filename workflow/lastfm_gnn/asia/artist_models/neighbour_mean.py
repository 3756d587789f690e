"""The mean of the friends' likes, shrunk to everybody's."""

import numpy as np

from lastfm_gnn.asia.users import Part, UserInputs


def shrunk_mean(weight: np.ndarray, known: Part, shrinkage: float) -> np.ndarray:
    """(R, A): (Σ_j weight_j likes_j + shrinkage · popularity) / (Σ_j weight_j + shrinkage), weight (R, K)."""
    total = weight @ known.likes + shrinkage * known.likes.mean(0)
    return total / (weight.sum(1)[:, None] + shrinkage)


def scores(users: UserInputs, known: Part, rows: np.ndarray, shrinkage: float) -> np.ndarray:
    """(R, A) for users `rows` (R,) from the likes of those of their friends that are known."""
    return shrunk_mean(users.graph.adjacency[rows][:, known.rows].toarray(), known, shrinkage)
