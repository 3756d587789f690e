"""A problem of ranking, and what a model makes of it.

A model is a file of ranking/models: a dataclass Settings and fit(problem, settings, seed) -> scores (U, A), the
higher the sooner, as an array, or as Factors or ByUsers, which are never made for all users at once.
What a user has in train is masked by the caller. A docstring says how memory and time of a fit grow with U users, A
artists and n listens (those of second stages: learning.py), and a fit asks expect_room, or expect_bytes, before it
starts. The lists of the best take time in U · A, and 256 MiB.

A model that is trained in steps may yield (step, scores) instead, once for each step at which its training may stop:
the caller chooses among them on validation, which no model sees.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
import scipy.sparse as sp

from lastfm_gnn.core.memory import expect_room
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data.listens import Side
from lastfm_gnn.metrics.ranked_lists import top

BLOCK = 1 << 26  # scores at a time: 256 MiB
DENSE_USERS = 1 << 14  # with more users, some models take a form without arrays (U, A) and (U, U)

LIGHTER = "take popularity, als, bpr, bpr_adam, item_knn, lightgcn or xsimgcl, which need less"

LEAGUES = ("listens", "friends", "side", "own_tags")  # what is known beside listens


@dataclass(frozen=True, eq=False)
class RankingProblem:
    """listens (U, A): plays in train; side: friends and tags, None in the league of listens; device: of networks;
    lists: files of describe_lists, for the models that read them; without any, they make what they need."""

    listens: sp.csr_array
    side: Side | None = None
    league: str = "listens"
    device: str = "cpu"
    lists: tuple[Path, ...] = ()

    def expect_room(self, arrays: int, kernels: int = 0) -> None:
        """For models that hold so many float32 arrays (U, A) and (U, U) at once. Raises InputError where these do not
        fit into the memory that is free."""
        users, artists = self.listens.shape
        self.expect_bytes(4 * users * (arrays * artists + kernels * users), LIGHTER)

    def expect_bytes(self, needed: float, instead: str) -> None:
        """Raises InputError where `needed` bytes do not fit into the memory that is free; instead: models that do."""
        users, artists = self.listens.shape
        what = f"this model of {self.listens.nnz:,} listens of {users:,} users and {artists:,} artists"
        expect_room(what, needed, instead)

    @property
    def many_users(self) -> bool:
        """More than DENSE_USERS."""
        return self.listens.shape[0] > DENSE_USERS

    @property
    def known_side(self) -> Side:
        """For models that cannot do without. Raises InputError in the league of listens."""
        if self.side is None:
            raise InputError(f"config: a model that looks at friends or tags plays in the league {self.league}")
        return self.side


class Scores(Protocol):
    """(U, A), such as an array: scores[start:end] is an array of those users."""

    def __getitem__(self, rows: slice, /) -> np.ndarray: ...


@dataclass(frozen=True)
class Factors:
    """Scores (U, A): users (U, D) @ artists (A, D)ᵀ."""

    users: np.ndarray
    artists: np.ndarray

    def __getitem__(self, rows: slice) -> np.ndarray:
        if self.artists.shape[1] == 1:
            return self.users[rows] * self.artists.T  # a product of matrices takes five times as long
        return self.users[rows] @ self.artists.T


@dataclass(frozen=True)
class ByUsers:
    """Scores (U, A), of which of(rows) makes those of some users, as a new array."""

    of: Callable[[slice], np.ndarray]

    def __getitem__(self, rows: slice) -> np.ndarray:
        return self.of(rows)


Steps: TypeAlias = Iterator[tuple[int, Scores]]


def blocks(users: int, artists: int) -> Iterator[slice]:
    """Users of whom scores are made at a time."""
    for start in range(0, users, step := max(1, BLOCK // artists)):
        yield slice(start, start + step)


def best_artists(scores: Scores, heard: sp.csr_array, count: int) -> np.ndarray:
    """(U, count) artists, or all, whom a user has not heard, best first."""
    return best_and_scores(scores, heard, count)[0]


def best_and_scores(scores: Scores, heard: sp.csr_array, count: int) -> tuple[np.ndarray, np.ndarray]:
    """best_artists and their scores, both (U, count)."""
    shape = heard.shape[0], min(count, heard.shape[1])
    best, values = np.empty(shape, dtype=np.int64), np.empty(shape, dtype=np.float32)
    for rows in blocks(*heard.shape):
        block = scores[rows]
        unheard = block.copy()
        unheard[heard[rows].nonzero()] = -np.inf
        best[rows] = top(unheard, count)
        values[rows] = np.take_along_axis(block, best[rows], 1)
    return best, values


def scores_at(scores: Scores, artists: np.ndarray, count: int) -> np.ndarray:
    """(U, C) of artists (U, C), of `count` artists in all."""
    values = np.empty(artists.shape, dtype=np.float32)
    for rows in blocks(len(artists), count):
        values[rows] = np.take_along_axis(scores[rows], artists[rows], 1)
    return values


def by_step(scores: Scores | Steps) -> Iterator[tuple[dict[str, int], Scores]]:
    """Yields ({}, scores) of a model without steps, else ({"step": step}, scores) of each."""
    if isinstance(scores, Iterator):
        for step, of_step in scores:
            yield {"step": step}, of_step
    else:
        yield {}, scores
