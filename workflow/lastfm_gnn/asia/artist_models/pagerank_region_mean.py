"""The mean of all known likes, weighted by personalised PageRank from the user, shrunk to those of the user's region.

Regions of the users to be scored are unknown: label propagation predicts them from the regions that are known.
"""

from dataclasses import dataclass

import numpy as np

from lastfm_gnn.asia.artist_models import pagerank_mean
from lastfm_gnn.asia.problems import ArtistProblem
from lastfm_gnn.data.asia import REGIONS
from lastfm_gnn.data.friendships import one_hot


@dataclass(frozen=True)
class Settings(pagerank_mean.Settings):
    """alpha: how far regions travel, from 0 to 1; region_shrinkage: as if so many more users of a region liked what
    everybody likes."""

    alpha: float
    region_shrinkage: float


def region_shares(problem: ArtistProblem, alpha: float) -> np.ndarray:
    """(N, regions), rows that sum to 1: certain where the region is known, else as propagated labels have it, with a
    hundredth of everybody's shares for those whom no label reaches."""
    hot = one_hot(problem.region, REGIONS)
    spread = problem.graph.propagate(hot, alpha)
    spread = spread / np.maximum(spread.sum(1, keepdims=True), 1e-12) + 0.01 * hot.sum(0) / max(hot.sum(), 1)
    spread = spread / np.maximum(spread.sum(1, keepdims=True), 1e-12)
    return np.where(problem.region[:, None] >= 0, hot, spread)


def fit(problem: ArtistProblem, settings: Settings, seed: int) -> np.ndarray:
    """(R, A).

    A region's popularity is the mean of its known users' likes, shrunk to everybody's as by `region_shrinkage` users.
    """
    known, rows = problem.known, problem.rows
    shares = region_shares(problem, settings.alpha)
    of_known = shares[known.rows]
    popularity = of_known.T @ known.likes + settings.region_shrinkage * known.likes.mean(0)
    popularity /= of_known.sum(0)[:, None] + settings.region_shrinkage
    weight = pagerank_mean.nearness(problem, settings.restart)
    total = weight @ known.likes + settings.shrinkage * (shares[rows] @ popularity)
    return total / (weight.sum(1)[:, None] + settings.shrinkage)
