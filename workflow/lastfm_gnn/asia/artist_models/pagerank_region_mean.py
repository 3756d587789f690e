"""The mean of all known likes, weighted by personalised PageRank from the user, shrunk to those of the user's region.

Regions of the users to be scored are unknown: label propagation predicts them from the regions that are known.
"""

import numpy as np

from lastfm_gnn.asia.users import Part, UserInputs
from lastfm_gnn.data.asia import REGIONS
from lastfm_gnn.data.friendships import one_hot


def region_shares(users: UserInputs, alpha: float) -> np.ndarray:
    """(N, regions), rows that sum to 1: certain where the region is known, else as propagated labels have it, with a
    hundredth of everybody's shares for those whom no label reaches."""
    hot = one_hot(users.region, REGIONS)
    spread = users.graph.propagate(hot, alpha)
    spread = spread / np.maximum(spread.sum(1, keepdims=True), 1e-12) + 0.01 * hot.sum(0) / max(hot.sum(), 1)
    spread = spread / np.maximum(spread.sum(1, keepdims=True), 1e-12)
    return np.where(users.region[:, None] >= 0, hot, spread)


def scores(
    users: UserInputs,
    known: Part,
    rows: np.ndarray,
    restart: float,
    shrinkage: float,
    alpha: float,
    region_shrinkage: float,
) -> np.ndarray:
    """(R, A) for users `rows` (R,), none of them known.

    A region's popularity is the mean of its known users' likes, shrunk to everybody's as by `region_shrinkage` users.
    """
    shares = region_shares(users, alpha)
    of_known = shares[known.rows]
    popularity = of_known.T @ known.likes + region_shrinkage * known.likes.mean(0)
    popularity /= of_known.sum(0)[:, None] + region_shrinkage
    weight = users.graph.pagerank(known.rows, restart)[rows]
    total = weight @ known.likes + shrinkage * (shares[rows] @ popularity)
    return total / (weight.sum(1)[:, None] + shrinkage)
