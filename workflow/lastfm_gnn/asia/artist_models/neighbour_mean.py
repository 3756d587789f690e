"""The mean of the friends' likes, shrunk to everybody's."""

from dataclasses import dataclass

import numpy as np

from lastfm_gnn.asia.problems import ArtistProblem
from lastfm_gnn.asia.users import ArtistPart


@dataclass(frozen=True)
class Settings:
    """shrinkage: as if so many more users liked what everybody likes."""

    shrinkage: float


def shrunk_mean(weight: np.ndarray, known: ArtistPart, shrinkage: float) -> np.ndarray:
    """(R, A): (Σ_j weight_j likes_j + shrinkage · popularity) / (Σ_j weight_j + shrinkage), weight (R, K)."""
    total = weight @ known.likes + shrinkage * known.likes.mean(0)
    return total / (weight.sum(1)[:, None] + shrinkage)


def fit(problem: ArtistProblem, settings: Settings, seed: int) -> np.ndarray:
    """(R, A) from the likes of those of their friends that are known."""
    weight = problem.graph.adjacency[problem.rows][:, problem.known.rows].toarray()
    return shrunk_mean(weight, problem.known, settings.shrinkage)
