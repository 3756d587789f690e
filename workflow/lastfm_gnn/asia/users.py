"""The users of a split of LastFM Asia as rows and matrices, and the file of their scores."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd
import scipy.sparse as sp

from lastfm_gnn.core.files import whole
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.data.asia import ARTISTS
from lastfm_gnn.data.friendships import FriendGraph


@dataclass(frozen=True)
class RegionPart:
    """A part of a split: rows (U,) of its users, and their region (U,)."""

    rows: np.ndarray
    region: np.ndarray


@dataclass(frozen=True)
class ArtistPart:
    """A part of a split: rows (U,) of its users, and their likes (U, 7842)."""

    rows: np.ndarray
    likes: sp.csr_array


def join(first: ArtistPart, second: ArtistPart) -> ArtistPart:
    """Two parts as one."""
    return ArtistPart(np.concatenate([first.rows, second.rows]), sp.vstack([first.likes, second.likes]).tocsr())


class AsiaUsers:
    """user_id (N,), sorted; list_known (N,); friendships; graph. A user's row is their place in user_id."""

    def __init__(self, users: Path, friendships: Path):
        table = tables.read(users, tables.ASIA_USERS)
        self.user_id, self.list_known = table.user_id.to_numpy(), table.list_known.to_numpy()
        self.friendships = tables.read(friendships, tables.FRIENDSHIPS)

    def __len__(self) -> int:
        return len(self.user_id)

    @cached_property
    def graph(self) -> FriendGraph:
        for end in ("user_id", "friend_id"):
            self.rows(self.friendships[end].to_numpy())
        return FriendGraph(self.user_id, self.friendships)

    def rows(self, user_id: np.ndarray) -> np.ndarray:
        """Raises InputError for a user that is not among them."""
        rows = np.searchsorted(self.user_id, user_id).clip(max=len(self) - 1)
        if (odd := np.flatnonzero(self.user_id[rows] != user_id)).size:
            raise InputError(f"user {np.asarray(user_id)[odd[0]]} is not in the table of users; run both anew")
        return rows

    def embedding(self, path: Path) -> np.ndarray:
        """(N, D) float32. Raises InputError where the file is cut or of other users."""
        try:
            embedding = np.load(path)
        except (OSError, ValueError, EOFError, BadZipFile) as error:
            raise InputError(f"{path}: no readable embedding ({error}); delete it and run again") from error
        if len(embedding) != len(self):
            raise InputError(
                f"{path}: an embedding of {len(embedding)} users, not {len(self)}; delete it and run again"
            )
        return embedding

    def likes(self, path: Path) -> sp.csr_array:
        """(N, 7842) of likes.parquet: 1 on a like."""
        pairs = tables.read(path, tables.LIKES)
        ones = np.ones(len(pairs), dtype=np.float32)
        return sp.coo_array((ones, (self.rows(pairs.user_id), pairs.artist_id)), (len(self), ARTISTS)).tocsr()

    def region_part(self, path: Path) -> RegionPart:
        part = tables.read(path, tables.USER_REGIONS)
        return RegionPart(self.rows(part.user_id), part.region.to_numpy().astype(np.int64))

    def artist_part(self, path: Path) -> ArtistPart:
        part = tables.read(path, tables.USER_ARTISTS)
        count = part.artists.map(len).to_numpy(dtype=np.int64)
        columns = np.concatenate([*part.artists, np.array([], dtype=np.int32)])
        index = np.concatenate([[0], np.cumsum(count)])
        likes = sp.csr_array((np.ones(len(columns), dtype=np.float32), columns, index), (len(part), ARTISTS))
        return ArtistPart(self.rows(part.user_id), likes)

    def labels(self, *parts: RegionPart) -> np.ndarray:
        """(N,): region of the parts' users, -1 for the others."""
        labels = np.full(len(self), -1)
        for part in parts:
            labels[part.rows] = part.region
        return labels

    def known_likes(self, *parts: ArtistPart) -> sp.csr_array:
        """(N, 7842): likes of the parts' users, rows of zeros for the others."""
        rows = np.concatenate([part.rows for part in parts])
        place = sp.coo_array(
            (np.ones(len(rows), dtype=np.float32), (rows, np.arange(len(rows)))), (len(self), len(rows))
        )
        return (place.tocsr() @ sp.vstack([part.likes for part in parts])).tocsr()

    def others(self, among: np.ndarray, *parts: RegionPart | ArtistPart) -> np.ndarray:
        """Rows where `among` (N,) bool is true and that are in none of the parts: the test part's, unseen."""
        left = among.copy()
        for part in parts:
            left[part.rows] = False
        return np.flatnonzero(left)


def read_artists(path: Path) -> np.ndarray:
    """Ids (K,) of a task's artists, sorted."""
    return tables.read(path, tables.CHOSEN_ARTISTS).artist_id.to_numpy()


def write_scores(
    path: Path, user_id: np.ndarray, scores: np.ndarray, valid_user_id: np.ndarray, valid_scores: np.ndarray
) -> None:
    """Scores (U, C) of the users to be tested, and (V, C) of the validation part by what was trained without it.
    Raises InputError where one is no number."""
    if not (np.isfinite(scores).all() and np.isfinite(valid_scores).all()):
        raise InputError(f"{path}: a score is no number; lower the learning rate in the config")
    with whole(path) as temporary, temporary.open("wb") as file:
        np.savez(
            file,
            user_id=user_id,
            scores=scores.astype(np.float32),
            valid_user_id=valid_user_id,
            valid_scores=valid_scores.astype(np.float32),
        )


def _load(path: Path, *names: str) -> list[np.ndarray]:
    try:
        with np.load(path) as file:
            return [file[name] for name in names]
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise InputError(f"{path}: not readable scores ({error}); delete it and run again") from error


def read_user_ids(path: Path) -> np.ndarray:
    """The users to be tested. Raises InputError where the file is cut."""
    return _load(path, "user_id")[0]


def read_scores(path: Path, users: pd.Series | np.ndarray, part: str = "") -> np.ndarray:
    """Scores of `users` in their order; part: "" or "valid_". Raises InputError where the file is cut or others'."""
    scored_id, scores = _load(path, f"{part}user_id", f"{part}scores")
    if len(scored_id) != len(users) or not np.isin(users, scored_id).all():
        raise InputError(f"{path}: scores of other users than the split's; delete it and run again")
    order = np.argsort(scored_id)
    return scores[order[np.searchsorted(scored_id, users, sorter=order)]]
