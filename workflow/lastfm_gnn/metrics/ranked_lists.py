"""Scores of predicted artists; rows are users, columns artists. likes (rows, artists) is bool."""

import numpy as np


def top(scores: np.ndarray, count: int) -> np.ndarray:
    """Columns of each row's `count` highest scores (rows, artists), best first; ties in a fixed random order."""
    shuffled = np.random.default_rng(0).permutation(scores.shape[1])
    mixed = scores[:, shuffled]
    best = np.argpartition(-mixed, min(count, mixed.shape[1]) - 1, axis=1)[:, :count]
    order = np.argsort(-np.take_along_axis(mixed, best, 1), axis=1, kind="stable")
    return shuffled[np.take_along_axis(best, order, 1)]


def ndcg(likes: np.ndarray, best: np.ndarray) -> np.ndarray:
    """(rows,): gain 1 / log2(rank + 1) of every liked one of `best` (rows, count), over that of an ideal list;
    NaN where nothing is liked."""
    count = best.shape[1]
    gain = 1 / np.log2(np.arange(count) + 2)
    ideal = np.concatenate([[np.nan], np.cumsum(gain)])[np.minimum(likes.sum(1), count)]
    return np.take_along_axis(likes, best, 1) @ gain / ideal


def recall(likes: np.ndarray, best: np.ndarray) -> np.ndarray:
    """(rows,): share of the liked that stands in `best` (rows, count); NaN where nothing is liked."""
    with np.errstate(invalid="ignore"):
        return np.take_along_axis(likes, best, 1).sum(1) / likes.sum(1)
