"""A problem of friendships.

A model is a file of friends/models: a dataclass Settings and fit(problem, settings, seed) -> (P,), the higher the
likelier friends. A docstring of fit says how memory and time grow with N users and their friendships; what holds
arrays (N, N) asks expect_room before it starts.
"""

from dataclasses import dataclass

import numpy as np

from lastfm_gnn.core.memory import expect_room
from lastfm_gnn.data.friendships import FriendGraph

LIGHTER = "take common_neighbours, adamic_adar, personalised_pagerank or sage, which need less"


@dataclass(frozen=True, eq=False)
class FriendProblem:
    """graph: training friendships; pairs (P, 2): users, of whom the second is ranked for the first; device: of
    networks."""

    graph: FriendGraph
    pairs: np.ndarray
    device: str = "cpu"

    def expect_room(self, needed: float) -> None:
        """Raises InputError where `needed` bytes do not fit into the memory that is free."""
        what = f"this model of {len(self.graph.degree):,} users and {self.graph.adjacency.nnz // 2:,} friendships"
        expect_room(what, needed, LIGHTER)
