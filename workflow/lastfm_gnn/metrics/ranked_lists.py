"""Scores of predicted artists; rows are users, columns artists. likes (rows, artists) is bool, sparse or not."""

import math
from typing import TypeAlias

import numpy as np
import scipy.sparse as sp

Likes: TypeAlias = np.ndarray | sp.csr_array

BLOCK = 1 << 23  # numbers at a time
NARROW = 4  # chunks of fewer columns save no time


def top(scores: np.ndarray, count: int) -> np.ndarray:
    """Columns of each row's `count` highest scores (rows, artists), best first; ties in a fixed random order."""
    rows, columns = scores.shape
    width = math.isqrt(columns // (count + 1))
    if width < NARROW:
        return _top(scores, count)
    best = np.empty((rows, count), dtype=np.int64)
    step = max(1, BLOCK // columns)
    for start in range(0, rows, step):
        block = scores[start : start + step]
        found, tied = _top_of_chunks(block, count, width)
        if tied.any():
            found[tied] = _top(block[tied], count)
        best[start : start + step] = found
    return best


def _top_of_chunks(scores: np.ndarray, count: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """(rows, count) as top(); and (rows,) where that is wrong, because some of these scores, or the next, are equal.

    Columns are parted into chunks of `width`. The count + 1 chunks of the highest maxima hold the count + 1 highest
    scores, and only their columns are sorted.
    """
    rows, columns = scores.shape
    chunks = columns // width
    largest = scores[:, : chunks * width].reshape(rows, width, chunks).max(1)
    chosen = np.argpartition(-largest, count, axis=1)[:, : count + 1]
    inside = (chosen[:, None, :] + chunks * np.arange(width)[:, None]).reshape(rows, -1)
    rest = np.broadcast_to(np.arange(chunks * width, columns), (rows, columns - chunks * width))
    candidates = np.concatenate([inside, rest], axis=1)
    values = -np.take_along_axis(scores, candidates, 1)
    highest = np.argpartition(values, count, axis=1)[:, : count + 1]
    values = np.take_along_axis(values, highest, 1)
    order = np.argsort(values, axis=1)
    values = np.take_along_axis(values, order, 1)
    tied = ~(values[:, 1:] > values[:, :-1]).all(1) | np.isnan(largest).any(1)
    best = np.take_along_axis(np.take_along_axis(candidates, highest, 1), order, 1)
    return best[:, :count], tied


def _top(scores: np.ndarray, count: int) -> np.ndarray:
    """As top(), of any scores."""
    rows, columns = scores.shape
    shuffled = np.random.default_rng(0).permutation(columns)
    best = np.empty((rows, min(count, columns)), dtype=shuffled.dtype)
    step = max(1, BLOCK // columns)
    for start in range(0, rows, step):
        # take leaves rows whole in memory, where an index of columns would part them: a third of the time
        mixed = np.take(scores[start : start + step], shuffled, axis=1)
        np.negative(mixed, out=mixed)
        highest = np.argpartition(mixed, min(count, columns) - 1, axis=1)[:, :count]
        order = np.argsort(np.take_along_axis(mixed, highest, 1), axis=1, kind="stable")
        best[start : start + step] = shuffled[np.take_along_axis(highest, order, 1)]
    return best


def hits(likes: Likes, best: np.ndarray) -> np.ndarray:
    """(rows, count) bool: which of `best` (rows, count) are liked."""
    if isinstance(likes, np.ndarray):
        return np.take_along_axis(likes, best, 1)
    rows = np.repeat(np.arange(len(best)), best.shape[1])
    return np.asarray(likes[rows, best.ravel()]).reshape(best.shape)


def ndcg(likes: Likes, best: np.ndarray) -> np.ndarray:
    """(rows,): gain 1 / log2(rank + 1) of every liked one of `best` (rows, count), over that of an ideal list;
    NaN where nothing is liked."""
    count = best.shape[1]
    gain = 1 / np.log2(np.arange(count) + 2)
    ideal = np.concatenate([[np.nan], np.cumsum(gain)])[np.minimum(likes.sum(1), count)]
    return hits(likes, best) @ gain / ideal


def recall(likes: Likes, best: np.ndarray) -> np.ndarray:
    """(rows,): share of the liked that stands in `best` (rows, count); NaN where nothing is liked."""
    with np.errstate(invalid="ignore"):
        return hits(likes, best).sum(1) / likes.sum(1)
