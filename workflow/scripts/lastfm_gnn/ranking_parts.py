"""What ranking models share: how plays become weights, kernels between users, the dual ridge."""

import numpy as np
import scipy.linalg
import scipy.sparse as sp


def log_plays(listens: sp.csr_array) -> sp.csr_array:
    """(U, A): ln(1 + plays) over its mean over the user's artists."""
    logs = listens.copy()
    logs.data = np.log1p(logs.data)
    mean = logs.sum(1) / np.maximum(np.diff(logs.indptr), 1)
    return (sp.diags_array(1 / np.maximum(mean, 1e-6)) @ logs).tocsr().astype(np.float32)


def binary(matrix: sp.csr_array) -> sp.csr_array:
    """The same with 1 wherever something is."""
    return sp.csr_array((np.ones_like(matrix.data), matrix.indices, matrix.indptr), matrix.shape)


def listeners(listens: sp.csr_array) -> np.ndarray:
    """(A,) in float32, 1 for artists whom nobody listens to."""
    return np.maximum(np.bincount(listens.indices, minlength=listens.shape[1]), 1).astype(np.float32)


def scale_artists(weights: sp.csr_array, scale: np.ndarray) -> sp.csr_array:
    """(U, A), column a times scale[a]."""
    return sp.csr_array((weights.data * scale[weights.indices], weights.indices, weights.indptr), weights.shape)


def scale_users(weights: sp.csr_array, scale: np.ndarray) -> sp.csr_array:
    """(U, A), row u times scale[u]."""
    data = weights.data * np.repeat(scale, np.diff(weights.indptr))
    return sp.csr_array((data.astype(np.float32), weights.indices, weights.indptr), weights.shape)


def apply(kernel: np.ndarray, weights: sp.csr_array) -> np.ndarray:
    """kernel (U, U), symmetric, @ weights (U, A), dense."""
    return (weights.T.tocsr() @ kernel).T


def gram(weights: sp.csr_array) -> np.ndarray:
    """(U, U), dense: weights @ weightsᵀ."""
    return (weights @ weights.T).toarray()


def without_own_message(weights: sp.csr_array, ridge: float) -> np.ndarray:
    """(U, A): ridge regression of every artist on all others (EASE; Steck, WWW 2019), in its dual form."""
    kernel = gram(weights).astype(np.float32)
    kernel[np.diag_indices_from(kernel)] += ridge
    inverse = scipy.linalg.inv(kernel, overwrite_a=True, check_finite=False, assume_a="pos")
    solved = apply(inverse, weights)
    rows, columns = weights.nonzero()
    explained = np.bincount(columns, weights.data * solved[rows, columns], minlength=weights.shape[1])
    diagonal = ((1 - explained) / ridge).astype(np.float32)
    solved /= -diagonal
    solved[rows, columns] += weights.data
    return solved
