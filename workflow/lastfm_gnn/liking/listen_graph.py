"""The graph of users and artists as sparse matrices: which edges a node has, and which nodes are alike."""

import numpy as np
import scipy.sparse as sp

from lastfm_gnn.core.places import product_at


def cosine_at(listeners: sp.csr_array, listens: sp.csr_array, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(n,): cosine of columns `rows` and `columns` (n,) of listens (U, A), each 1, 0 for an empty one; listeners: the
    transpose."""
    length = np.sqrt(np.diff(listeners.indptr).astype(listens.dtype))
    scale = np.divide(1, length, out=np.zeros_like(length), where=length > 0)
    return scale[rows] * product_at(listeners, listens, rows, columns) * scale[columns]


def dot_products(vectors: np.ndarray, rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(n,): of the vectors (N, F) at `rows` and at `others`."""
    return np.einsum("nf,nf->n", vectors[rows], vectors[others])


def edges_of(indptr: np.ndarray, nodes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All edges of each of `nodes` (T,): the place of the node in `nodes`, and of the edge in the CSR matrix."""
    count = indptr[nodes + 1] - indptr[nodes]
    target = np.repeat(np.arange(len(nodes)), count)
    first = np.cumsum(count) - count
    return target, np.repeat(indptr[nodes] - first, count) + np.arange(len(target))
