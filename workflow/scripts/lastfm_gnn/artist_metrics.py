"""Scores of predicted artists; rows are users, columns artists. `likes` is bool, `scores` higher for likelier."""

import numpy as np


def top(scores: np.ndarray, count: int) -> np.ndarray:
    """Columns of each row's `count` highest scores, best first; ties in a fixed random order."""
    shuffled = np.random.default_rng(0).permutation(scores.shape[1])
    mixed = scores[:, shuffled]
    best = np.argpartition(-mixed, min(count, mixed.shape[1]) - 1, axis=1)[:, :count]
    order = np.argsort(-np.take_along_axis(mixed, best, 1), axis=1, kind="stable")
    return shuffled[np.take_along_axis(best, order, 1)]


def hits(likes: np.ndarray, scores: np.ndarray, count: int) -> np.ndarray:
    """(rows, count): whether the n-th recommendation is liked."""
    return np.take_along_axis(likes, top(scores, count), 1)


def ndcg(likes: np.ndarray, scores: np.ndarray, count: int) -> np.ndarray:
    """(rows,): gain 1 / log2(rank + 1) of every liked one, over that of an ideal list; NaN where nothing is liked."""
    count = min(count, scores.shape[1])
    gain = 1 / np.log2(np.arange(count) + 2)
    ideal = np.concatenate([[np.nan], np.cumsum(gain)])[np.minimum(likes.sum(1), count)]
    return hits(likes, scores, count) @ gain / ideal


def recall(likes: np.ndarray, scores: np.ndarray, count: int) -> np.ndarray:
    """(rows,): share of the liked that is recommended; NaN where nothing is liked."""
    with np.errstate(invalid="ignore"):
        return hits(likes, scores, count).sum(1) / likes.sum(1)
