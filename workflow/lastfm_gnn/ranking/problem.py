"""A problem of ranking, and what a model makes of it.

A model is a file of ranking/models: a dataclass Settings and fit(problem, settings, seed) -> scores (U, A), the
higher the sooner, as an array, or as Factors or Restricted, which are never multiplied out for all users at once.
What a user has in train is masked by the caller. A docstring says how memory and time of a fit grow with U users, A
artists and n listens (those of second stages: learning.py), and a fit asks expect_room, or expect_bytes, before it
starts. The lists of the best take time in U · A, and 256 MiB.

A model that is trained in steps may yield (step, scores) instead, once for each step at which its training may stop:
the caller chooses among them on validation, which no model sees.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import scipy.sparse as sp

from lastfm_gnn.core.memory import expect_room
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data.listens import Side
from lastfm_gnn.metrics.ranked_lists import top

BLOCK = 1 << 26  # scores at a time: 256 MiB
DENSE_USERS = 1 << 14  # with more users, some models take a form without arrays (U, A) and (U, U)

LIGHTER = "take popularity, als, bpr, bpr_adam, lightgcn or xsimgcl, which need less"

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
    def known_side(self) -> Side:
        """For models that cannot do without. Raises InputError in the league of listens."""
        if self.side is None:
            raise InputError(f"config: a model that looks at friends or tags plays in the league {self.league}")
        return self.side


@dataclass(frozen=True)
class Factors:
    """Scores (U, A): users (U, D) @ artists (A, D)ᵀ. scores[start:end] is an array of those users, as of an array."""

    users: np.ndarray
    artists: np.ndarray

    def __getitem__(self, rows: slice) -> np.ndarray:
        if self.artists.shape[1] == 1:
            return self.users[rows] * self.artists.T  # a product of matrices takes five times as long
        return self.users[rows] @ self.artists.T


@dataclass(frozen=True)
class Restricted:
    """Scores (U, A): weights (U, K), sparse, @ between (K, K), of the artists `scored` (K,). All others come after
    these, those of a higher rest (A,), from 0 to 1, first. scores[start:end] is an array of those users."""

    weights: sp.csr_array
    between: np.ndarray
    scored: np.ndarray
    rest: np.ndarray

    def __getitem__(self, rows: slice) -> np.ndarray:
        of_scored = self.weights[rows] @ self.between
        scores = of_scored.min(1, keepdims=True) - 2 + self.rest
        scores[:, self.scored] = of_scored
        return scores


Scores: TypeAlias = np.ndarray | Factors | Restricted
Steps: TypeAlias = Iterator[tuple[int, Scores]]


def best_artists(scores: Scores, heard: sp.csr_array, count: int) -> np.ndarray:
    """(U, count) artists, or all, whom a user has not heard, best first; an array of scores is changed."""
    users, artists = heard.shape
    best = np.empty((users, min(count, artists)), dtype=np.int64)
    for start in range(0, users, step := max(1, BLOCK // artists)):
        rows = slice(start, start + step)
        block = scores[rows]
        block[heard[rows].nonzero()] = -np.inf
        best[rows] = top(block, count)
    return best


def by_step(scores: Scores | Steps) -> Iterator[tuple[dict[str, int], Scores]]:
    """Yields ({}, scores) of a model without steps, else ({"step": step}, scores) of each."""
    if isinstance(scores, np.ndarray | Factors | Restricted):
        yield {}, scores
    else:
        for step, of_step in scores:
            yield {"step": step}, of_step
