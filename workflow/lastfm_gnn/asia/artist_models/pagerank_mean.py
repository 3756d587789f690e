"""The mean of all known likes, weighted by personalised PageRank from the user, shrunk to everybody's."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from lastfm_gnn.asia.artist_models import neighbour_mean
from lastfm_gnn.asia.artist_models.neighbour_mean import shrunk_mean
from lastfm_gnn.asia.problems import ArtistProblem


@dataclass(frozen=True)
class Settings(neighbour_mean.Settings):
    """restart: how likely a walk goes home at each step."""

    restart: float


@lru_cache(maxsize=1)
def nearness(problem: ArtistProblem, restart: float) -> np.ndarray:
    """(R, K): how near the known are to those who are scored; kept for the next settings, which share it."""
    return problem.graph.pagerank(problem.known.rows, restart)[problem.rows]


def fit(problem: ArtistProblem, settings: Settings, seed: int) -> np.ndarray:
    """(R, A)."""
    return shrunk_mean(nearness(problem, settings.restart), problem.known, settings.shrinkage)
