"""Scores of users and artists (U, A), in forms that are not made for all users at once, and the best of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, TypeAlias, TypeVar

import numpy as np
import scipy.sparse as sp

from lastfm_gnn.metrics.ranked_lists import top

BLOCK = 1 << 25  # scores at a time: 128 MiB
SHARING = 64  # users, of whose candidates many are the same

Matrix = TypeVar("Matrix", np.ndarray, sp.csr_array)


class Scores(Protocol):
    """(U, A), such as an array: scores[start:end] is an array of those users."""

    def __getitem__(self, rows: slice, /) -> np.ndarray: ...


@dataclass(frozen=True)
class Factors:
    """Scores (U, A): users (U, D) @ artists (A, D)ᵀ, both dense."""

    users: np.ndarray
    artists: np.ndarray

    def __getitem__(self, rows: slice) -> np.ndarray:
        if self.artists.shape[1] == 1:
            return self.users[rows] * self.artists.T  # a product of matrices takes five times as long
        return self.users[rows] @ self.artists.T

    def at(self, artists: np.ndarray) -> np.ndarray:
        """(U, C) of artists (U, C)."""
        return products_at(self.users, self.artists, artists)


@dataclass(frozen=True)
class SparseFactors:
    """Scores (U, A): users (U, D) @ artists (A, D)ᵀ, both sparse."""

    users: sp.csr_array
    artists: sp.csr_array

    @cached_property
    def _by_dimension(self) -> sp.csr_array:
        return self.artists.T.tocsr()

    def __getitem__(self, rows: slice) -> np.ndarray:
        return (self.users[rows] @ self._by_dimension).toarray()

    def at(self, artists: np.ndarray) -> np.ndarray:
        """(U, C) of artists (U, C)."""
        return products_at(self.users, self.artists, artists)


def products_at(users: Matrix, artists: Matrix, candidates: np.ndarray) -> np.ndarray:
    """(U, C): users (U, D) @ artists (A, D)ᵀ at candidates (U, C), made for all candidates of SHARING users at a
    time."""
    values = np.empty(candidates.shape, dtype=np.float32)
    for start in range(0, len(candidates), SHARING):
        rows = slice(start, start + SHARING)
        wanted, places = np.unique(candidates[rows], return_inverse=True)
        of_users = users[rows] if isinstance(users, np.ndarray) else users[rows].toarray()
        products = (artists[wanted] @ of_users.T).T
        values[rows] = np.take_along_axis(products, places.reshape(candidates[rows].shape), 1)
    return values


@dataclass(frozen=True)
class ByUsers:
    """Scores (U, A), of which of(rows) makes those of some users."""

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
        places = heard[rows].nonzero()
        of_heard = block[places]
        block[places] = -np.inf
        best[rows] = top(block, count)
        block[places] = of_heard  # of an array of scores it is a part
        values[rows] = np.take_along_axis(block, best[rows], 1)
    return best, values


def scores_at(scores: Scores, artists: np.ndarray, count: int) -> np.ndarray:
    """(U, C) of artists (U, C), of `count` artists in all."""
    if isinstance(scores, Factors | SparseFactors):
        return scores.at(artists)
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
