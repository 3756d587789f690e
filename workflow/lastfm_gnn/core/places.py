"""Single places of sparse matrices and of their products, which are never held whole."""

import numpy as np
import scipy.sparse as sp

BLOCK = 1 << 24  # products of two numbers at a time


def values_at(matrix: sp.csr_array, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(n,): matrix[rows, columns]; of no place, too, where scipy gives a matrix back."""
    return matrix[rows, columns] if len(rows) else np.zeros(0, dtype=matrix.dtype)


def product_at(left: sp.csr_array, right: sp.csr_array, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(n,): (left @ right)[rows, columns], made of some rows of the product at a time.

    Memory: about 16 bytes times the larger of BLOCK and the longest row's products; time: all products of the rows
    that are asked for.
    """
    values = np.zeros(len(rows), dtype=np.result_type(left, right))
    asked = np.unique(rows)
    products = np.append(0, np.cumsum(np.diff(right.indptr)[left.indices], dtype=np.int64))
    total = np.cumsum(np.diff(products[left.indptr])[asked])
    order = np.argsort(rows, kind="stable")
    start = 0
    while start < len(asked):
        before = total[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(total, before + BLOCK, "right")))
        places = order[slice(*np.searchsorted(rows, [asked[start], asked[end - 1] + 1], sorter=order))]
        some = (left[asked[start:end]] @ right).tocsr()
        some.sort_indices()  # a place is then found by halving
        values[places] = values_at(some, np.searchsorted(asked[start:end], rows[places]), columns[places])
        start = end
    return values


def holds(keys: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Which of `wanted` (of any shape) are among the sorted keys (K,)."""
    if not len(keys):
        return np.zeros(wanted.shape, dtype=bool)
    return keys[np.searchsorted(keys, wanted).clip(max=len(keys) - 1)] == wanted
