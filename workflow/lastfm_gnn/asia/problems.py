"""Problems of users' regions and of the artists that they like.

A model is a file of asia/region_models or asia/artist_models: a dataclass Settings and fit(problem, settings, seed),
which gives scores (N, classes) of all users, or (R, A) of those who are asked for. A model of regions may have
fit_many(problems, candidates, seed), too, where fits of problems that differ in their labels alone, by several
settings, share work: the scores of each problem by each settings, the same as one by one.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from lastfm_gnn.asia.users import ArtistPart
from lastfm_gnn.data.friendships import FriendGraph


@dataclass(frozen=True, eq=False)
class RegionProblem:
    """embedding (N, D) of the graph; labels (N,): regions, -1 where unknown; classes: how many regions there are;
    likes (N, 7842): lists of artists, rows of zeros where unknown, or None; device: of networks."""

    graph: FriendGraph
    embedding: np.ndarray
    labels: np.ndarray
    classes: int
    likes: sp.csr_array | None = None
    device: str = "cpu"

    @property
    def known_likes(self) -> sp.csr_array:
        """For models that cannot do without. Raises ValueError where there are none."""
        if self.likes is None:
            raise ValueError("a model of lists without lists: see `lists` in the config")
        return self.likes


@dataclass(frozen=True, eq=False)
class ArtistProblem:
    """embedding (N, D) of the graph; known: users with their likes; rows (R,): users to be scored, none of them
    known; region (N,): -1 where unknown, as of those users; device: of networks."""

    graph: FriendGraph
    embedding: np.ndarray
    known: ArtistPart
    rows: np.ndarray
    region: np.ndarray
    device: str = "cpu"
