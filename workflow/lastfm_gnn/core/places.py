"""Single places of large matrices: of sparse ones, and of products, which are never held whole."""

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp

BLOCK = 1 << 24  # numbers of a product that are made at a time, or products of two numbers
FULL = 16  # one number in so many places, or more, is quicker to look up where zeros stand, too
LOOK_UP = 256  # so many zeros are made in the time in which one place of a sparse matrix is looked up
FEW = 8  # one row in so many, or fewer, is asked for: then the others are not made


def values_at(matrix: sp.csr_array, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(n,): matrix[rows, columns]."""
    if not len(rows):  # where scipy gives a matrix back
        return np.zeros(0, dtype=matrix.dtype)
    height, width = matrix.shape
    if height * width <= min(max(BLOCK, FULL * matrix.nnz), LOOK_UP * len(rows)):
        return dense_at(matrix.toarray(), rows, columns)
    if not matrix.has_sorted_indices:
        matrix = matrix.sorted_indices()  # a place is then found by halving
    return matrix[rows, columns]


def dense_at(matrix: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(n,): matrix[rows, columns]."""
    return matrix.ravel()[rows * np.int64(matrix.shape[1]) + columns]  # one index is quicker than two


def _parts(rows: np.ndarray, ends: list[int]) -> Iterator[tuple[slice, np.ndarray | slice]]:
    """For every end after the first: the rows from the one before, and the places of these in `rows` (n,)."""
    if len(ends) == 2:
        yield slice(*ends), slice(None)
        return
    order = np.argsort(rows, kind="stable")
    places = np.searchsorted(rows, ends, sorter=order)
    for number in range(len(ends) - 1):
        yield slice(ends[number], ends[number + 1]), order[places[number] : places[number + 1]]


def _few(rows: np.ndarray, count: int) -> np.ndarray | None:
    """Which of `count` rows are asked for by `rows` (n,), sorted; None where they are not FEW."""
    if not len(rows):
        return None
    wanted = np.flatnonzero(np.bincount(rows, minlength=count))
    return wanted if FEW * len(wanted) <= count else None


def product_at(left: sp.csr_array, right: sp.csr_array, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(n,): (left @ right)[rows, columns], made of some rows of the product at a time.

    Memory: some bytes for each of BLOCK, or of the longest row's products; time: all products of two numbers, but of
    FEW rows theirs alone.
    """
    if (wanted := _few(rows, left.shape[0])) is not None:
        left, rows = left[wanted], np.searchsorted(wanted, rows)
    values = np.empty(len(rows), dtype=np.result_type(left.dtype, right.dtype))
    products = np.append(0, np.cumsum(np.diff(right.indptr)[left.indices], dtype=np.int64))[left.indptr]
    ends = [0]
    while ends[-1] < left.shape[0]:
        end = int(np.searchsorted(products, products[ends[-1]] + BLOCK, "right")) - 1
        ends.append(min(max(end, ends[-1] + 1), left.shape[0]))
    for some, places in _parts(rows, ends):
        product = (left[some] @ right).tocsr()
        values[places] = values_at(product, rows[places] - some.start, columns[places])
    return values


def gram_at(vectors: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(n,): (vectors @ vectors.T)[rows, columns] of vectors (N, F), made of BLOCK / N rows at a time, of FEW rows of
    theirs alone."""
    left = vectors
    if (wanted := _few(rows, len(vectors))) is not None:
        left, rows = vectors[wanted], np.searchsorted(wanted, rows)
    values = np.empty(len(rows), dtype=vectors.dtype)
    step = max(1, BLOCK // len(vectors))
    for some, places in _parts(rows, [*range(0, len(left), step), len(left)]):
        values[places] = dense_at(left[some] @ vectors.T, rows[places] - some.start, columns[places])
    return values


def holds(keys: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Which of `wanted` (of any shape) are among the sorted keys (K,)."""
    if not len(keys):
        return np.zeros(wanted.shape, dtype=bool)
    return keys[np.searchsorted(keys, wanted).clip(max=len(keys) - 1)] == wanted
