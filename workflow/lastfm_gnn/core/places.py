"""Single places of large matrices: of sparse ones, and of products, which are never held whole."""

from collections.abc import Iterator
from typing import TypeVar

import numpy as np
import scipy.sparse as sp

BLOCK = 1 << 24  # numbers of a product that are made at a time, or products of two numbers
FULL = 16  # one number in so many places, or more, is quicker to look up where zeros stand, too
LOOK_UP = 256  # so many zeros are made in the time in which one place of a sparse matrix is looked up
FEW = 8  # one row in so many, or fewer, is asked for: then the others are not made
MANY = 1 << 14  # with more rows, a product with their own transpose is made place by place, or grid by grid
GRID = 8  # of so many places of a product, or fewer, one is asked for: then all are made
PARTED = 1 << 13  # places of a product, or fewer, are not parted

Matrix = TypeVar("Matrix", np.ndarray, sp.csr_array)


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


def ends_of_blocks(left: sp.csr_array, right: sp.csr_array) -> list[int]:
    """0 and the ends of blocks of left's rows, of which left @ right needs BLOCK products of two numbers each, or one
    row's."""
    products = np.append(0, np.cumsum(np.diff(right.indptr)[left.indices], dtype=np.int64))[left.indptr]
    ends = [0]
    while ends[-1] < left.shape[0]:
        end = int(np.searchsorted(products, products[ends[-1]] + BLOCK, "right")) - 1
        ends.append(min(max(end, ends[-1] + 1), left.shape[0]))
    return ends


def product_at(left: sp.csr_array, right: sp.csr_array, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(n,): (left @ right)[rows, columns], made of some rows of the product at a time.

    Memory: some bytes for each of BLOCK, or of the longest row's products; time: all products of two numbers, but of
    FEW rows theirs alone.
    """
    if (wanted := _few(rows, left.shape[0])) is not None:
        left, rows = left[wanted], np.searchsorted(wanted, rows)
    values = np.empty(len(rows), dtype=np.result_type(left.dtype, right.dtype))
    for some, places in _parts(rows, ends_of_blocks(left, right)):
        product = (left[some] @ right).tocsr()
        values[places] = values_at(product, rows[places] - some.start, columns[places])
    return values


def gram_at(vectors: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(n,): (vectors @ vectors.T)[rows, columns] of vectors (N, F), made of BLOCK / N rows at a time, of FEW rows of
    theirs alone. With more than MANY rows, single places are made, or grids of them."""
    if len(vectors) > MANY:
        return _grids_at(vectors, vectors, rows, columns)
    left = vectors
    if (wanted := _few(rows, len(vectors))) is not None:
        left, rows = vectors[wanted], np.searchsorted(wanted, rows)
    values = np.empty(len(rows), dtype=vectors.dtype)
    step = max(1, BLOCK // len(vectors))
    for some, places in _parts(rows, [*range(0, len(left), step), len(left)]):
        values[places] = dense_at(left[some] @ vectors.T, rows[places] - some.start, columns[places])
    return values


def _numbered(numbers: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Which of `count` numbers are among `numbers` (n,), in order, and the place of each (n,) among them."""
    found = np.flatnonzero(np.bincount(numbers, minlength=count))
    places = np.empty(count, dtype=np.int64)
    places[found] = np.arange(len(found))
    return found, places[numbers]


def _grids_at(left: Matrix, right: Matrix, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(n,): (left @ right.T)[rows, columns]. Where one of GRID places of the rows and columns is asked for, all are
    made; else the places are halved, and in the end made one by one. Quick where neighbouring places share rows and
    columns."""
    (here, rows), (there, columns) = _numbered(rows, left.shape[0]), _numbered(columns, right.shape[0])
    left, right = left[here], right[there]
    if len(here) * len(there) <= GRID * len(rows):
        grid = left @ right.T
        return dense_at(grid if isinstance(grid, np.ndarray) else grid.toarray(), rows, columns)
    if len(rows) > PARTED:
        half = len(rows) // 2
        parts = slice(None, half), slice(half, None)
        return np.concatenate([_grids_at(left, right, rows[part], columns[part]) for part in parts])
    if isinstance(left, np.ndarray):
        return np.einsum("nf,nf->n", left[rows], right[columns])
    return left[rows].multiply(right[columns]).sum(1)


def sparse_gram_at(matrix: sp.csr_array, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(n,): (matrix @ matrix.T)[rows, columns]. Memory and time as product_at's; with more than MANY rows, time grows
    with the lengths of both rows of every place."""
    if matrix.shape[0] > MANY:
        return _grids_at(matrix, matrix, rows, columns)
    return product_at(matrix, matrix.T.tocsr(), rows, columns)


def holds(keys: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Which of `wanted` (of any shape) are among the sorted keys (K,)."""
    if not len(keys):
        return np.zeros(wanted.shape, dtype=bool)
    return keys[np.searchsorted(keys, wanted).clip(max=len(keys) - 1)] == wanted
