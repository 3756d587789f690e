"""What ranking models share: how plays become weights, kernels between users, what a pair's degrees are, the dual
ridge."""

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


def friend_weights(friends: sp.csr_array, weight: float) -> sp.csr_array:
    """(n, U) of friends (n, U): how much of each friend's listens arrives, in all `weight` times a mean."""
    return scale_users(friends, weight / (friends.sum(1) + 1))


def apply(kernel: np.ndarray, weights: sp.csr_array) -> np.ndarray:
    """kernel (U, U), symmetric, @ weights (U, A), dense."""
    return (weights.T.tocsr() @ kernel).T


def gram(weights: sp.csr_array) -> np.ndarray:
    """(U, U), dense: weights @ weightsᵀ."""
    return (weights @ weights.T).toarray()


def of_length_one(weights: sp.csr_array) -> sp.csr_array:
    """(U, A), each row over its length, or nearly."""
    return scale_users(weights, 1 / (np.sqrt((weights * weights).sum(1)) + 1e-9))


def user_cosine(weights: sp.csr_array) -> np.ndarray:
    """(U, U), 0 on the diagonal."""
    cosine = gram(of_length_one(weights))
    np.fill_diagonal(cosine, 0)
    return cosine


def standardise_over_candidates(pairs: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """(U, C) from (U, A), by the user's own mean and spread over candidates."""
    return standardise(np.take_along_axis(pairs, candidates, 1))


def standardise(values: np.ndarray) -> np.ndarray:
    """(U, C), by the mean and spread of each row."""
    return (values - values.mean(1, keepdims=True)) / (values.std(1, keepdims=True) + 1e-9)


def degrees(plays: sp.csr_array, candidates: np.ndarray) -> np.ndarray:
    """(U, C, 7), of log plays (U, A): how popular the artist is, how much played; how popular the user's artists are,
    and how many."""
    count, ones = listeners(plays), binary(plays)
    log = np.log(count)
    degree = np.maximum(np.diff(ones.indptr), 1)
    mean = ones @ log / degree
    spread = np.sqrt(np.maximum(ones @ log**2 / degree - mean**2, 0)) + 0.3
    columns = [log[candidates], (plays.sum(0) / count)[candidates], log[candidates] - mean[:, None]]
    columns.append(columns[-1] / spread[:, None])
    columns += [np.broadcast_to(fact[:, None], candidates.shape) for fact in (mean, degree, spread)]
    return np.stack(columns, axis=2).astype(np.float32)


def item_ridge(weights: sp.csr_array, ridge: float) -> tuple[np.ndarray, np.ndarray]:
    """EASE (Steck, WWW 2019), in its dual form: (U, A), the ridge regression of every artist on all others, applied
    to weights (U, A); and (U, U), the kernel of the plain ridge regression behind it.

    The kernel says how much of each user's list arrives at another."""
    kernel = gram(weights).astype(np.float32)
    kernel[np.diag_indices_from(kernel)] += ridge
    inverse = scipy.linalg.inv(kernel, overwrite_a=True, check_finite=False, assume_a="pos")
    solved = apply(inverse, weights)
    rows, columns = weights.nonzero()
    explained = np.bincount(columns, weights.data * solved[rows, columns], minlength=weights.shape[1])
    diagonal = ((1 - explained) / ridge).astype(np.float32)
    solved /= -diagonal
    solved[rows, columns] += weights.data
    return solved, np.eye(len(inverse), dtype=np.float32) - ridge * inverse
