"""HetRec's listens, friendships and tags as arrays of numbered users and artists."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
import scipy.sparse as sp

from lastfm_gnn.core.numbering import Numbering
from lastfm_gnn.data import tables


@dataclass(frozen=True, eq=False)  # hashed as itself, not by its arrays
class Side:
    """What is known beside listens. friends (U, U): 1 for every friendship, both ways. tag_user, tag_artist, tag
    (T,): who gave which artist which tag; day (T,): when, in days since 1970."""

    friends: sp.csr_array
    tag_user: np.ndarray
    tag_artist: np.ndarray
    tag: np.ndarray
    day: np.ndarray


@dataclass(frozen=True)
class Pairs:
    """user, artist (n,): numbers."""

    user: np.ndarray
    artist: np.ndarray

    def __len__(self) -> int:
        return len(self.user)

    def take(self, index: np.ndarray | slice) -> Self:
        """The pairs at `index`, numbers or bool."""
        return type(self)(*(getattr(self, one.name)[index] for one in fields(self)))


@dataclass(frozen=True)
class ScoredPairs(Pairs):
    """liking (n,)."""

    liking: np.ndarray


class ListenData:
    """Numbered users and artists of HetRec, in an order that the seed draws, and what is read with their numbers."""

    def __init__(self, users: Path, artists: Path, seed: int):
        random = np.random.default_rng([seed, 1])
        self.users = Numbering(tables.read(users, tables.USERS).user_id.to_numpy(), random, "user")
        self.artists = Numbering(tables.read(artists, tables.ARTISTS).artist_id.to_numpy(), random, "artist")

    def pairs(self, frame: pd.DataFrame) -> Pairs:
        return Pairs(self.users.numbers(frame.user_id), self.artists.numbers(frame.artist_id))

    def scored_pairs(self, frame: pd.DataFrame) -> ScoredPairs:
        """Of a frame that has liking, too."""
        pairs = self.pairs(frame)
        return ScoredPairs(pairs.user, pairs.artist, frame.liking.to_numpy())

    def plays(self, path: Path) -> sp.csr_array:
        """(U, A): plays of a part of a ranking split."""
        part = tables.read(path, tables.RANKING_PAIRS)
        places = self.users.numbers(part.user_id), self.artists.numbers(part.artist_id)
        return sp.csr_array((part["count"].to_numpy(dtype=np.float32), places), (len(self.users), len(self.artists)))

    def side(self, friends: Path, tag_assignments: Path) -> Side:
        """Assignments to artists whom nobody listens to are left out."""
        pairs = tables.read(friends, tables.FRIENDS)
        ends = self.users.numbers(pairs.user_id), self.users.numbers(pairs.friend_id)
        assignments = tables.read(tag_assignments, tables.TAG_ASSIGNMENTS)
        assignments = assignments[assignments.artist_id.isin(self.artists.ids)]
        return Side(
            sp.csr_array((np.ones(len(pairs), dtype=np.float32), ends), (len(self.users), len(self.users))),
            self.users.numbers(assignments.user_id),
            self.artists.numbers(assignments.artist_id),
            np.unique(assignments.tag_id, return_inverse=True)[1],
            pd.to_datetime(assignments.date).to_numpy().astype("datetime64[D]").astype(np.int64),
        )
