"""Scores of predicted artists; rows are users, columns artists. likes (rows, artists) is bool, sparse or not."""

from typing import TypeAlias

import numpy as np
import scipy.sparse as sp

Likes: TypeAlias = np.ndarray | sp.csr_array

BLOCK = 1 << 23  # numbers at a time


def top(scores: np.ndarray, count: int) -> np.ndarray:
    """Columns of each row's `count` highest scores (rows, artists), best first; ties in a fixed random order."""
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
