"""A problem of friendships.

A model is a file of friends/models: a dataclass Settings and fit(problem, settings, seed) -> (P,), the higher the
likelier friends.
"""

from dataclasses import dataclass

import numpy as np

from lastfm_gnn.data.friendships import FriendGraph


@dataclass(frozen=True, eq=False)
class FriendProblem:
    """graph: training friendships; pairs (P, 2): users, of whom the second is ranked for the first."""

    graph: FriendGraph
    pairs: np.ndarray
