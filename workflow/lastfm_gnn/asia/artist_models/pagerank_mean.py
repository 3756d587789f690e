"""The mean of all known likes, weighted by personalised PageRank from the user, shrunk to everybody's."""

from dataclasses import dataclass

import numpy as np

from lastfm_gnn.asia.artist_models import neighbour_mean
from lastfm_gnn.asia.artist_models.neighbour_mean import shrunk_mean
from lastfm_gnn.asia.problems import ArtistProblem


@dataclass(frozen=True)
class Settings(neighbour_mean.Settings):
    """restart: how likely a walk goes home at each step."""

    restart: float


def fit(problem: ArtistProblem, settings: Settings, seed: int) -> np.ndarray:
    """(R, A)."""
    weight = problem.graph.pagerank(problem.known.rows, settings.restart)[problem.rows]
    return shrunk_mean(weight, problem.known, settings.shrinkage)
