"""What arrives at a pair (user, artist) by messages over the user-artist graph, at many scales.

A scale is a spectral filter of the graph: of its waves, the eigenvectors of weights @ weightsᵀ, it keeps the slow, as
a Butterworth low-pass does: h(λ) = 1 / (1 + (λ_cut / λ)^order).
"""

from dataclasses import dataclass, field

import numpy as np
import scipy.linalg
import scipy.sparse as sp

from lastfm_gnn.ranking.graph_filter import response
from lastfm_gnn.ranking.weights import (
    apply,
    gram,
    listeners,
    log_plays,
    scale_artists,
    standardise_over_candidates,
    user_cosine,
)

DAMPING = 0.25  # of popular artists in the graph: log plays / listeners^DAMPING
LIFT = 0.12  # what is given back to them in the end
CUTS = (40, 100, 180, 320)  # number of waves, about, that each filter passes
PROPOSING = 180  # that of the filter that proposes candidates
ORDER = 2
NEAR = ((40, 120), (180, 500))  # cut and number of waves of each measure of nearness
NEAR_ORDER = 3
MESSAGES = len(CUTS) + 9 + 10 * len(NEAR)  # features of messages()


@dataclass(frozen=True)
class Graph:
    """plays, weights (U, A), the latter damped; count (A,) of listeners; waves: values (U,), slowest last, (U, U)."""

    plays: sp.csr_array
    weights: sp.csr_array
    count: np.ndarray
    values: np.ndarray
    vectors: np.ndarray
    _kernels: dict[int, np.ndarray] = field(default_factory=dict, repr=False)

    def kernel(self, cut: int) -> np.ndarray:
        """(U, U): a filter between users; kept, to be read alone."""
        if cut not in self._kernels:
            self._kernels[cut] = (
                (self.vectors * response(self.values, self.values, cut, ORDER)) @ self.vectors.T
            ).astype(np.float32)
        return self._kernels[cut]

    def filtered(self, cut: int) -> np.ndarray:
        """(U, A): what users listen to, seen through a filter."""
        return apply(self.kernel(cut), self.weights) * self.count**LIFT


def graph_of(listens: sp.csr_array) -> Graph:
    count = listeners(listens)
    plays = log_plays(listens)
    weights = scale_artists(plays, count**-DAMPING)
    values, vectors = scipy.linalg.eigh(gram(weights), check_finite=False)
    return Graph(plays, weights, count, np.maximum(values, 1e-9), vectors)


def heard(listens: sp.csr_array) -> np.ndarray:
    """(U, A) bool: who listens to whom. A read of it is quicker than one of a sparse matrix."""
    dense = np.zeros(listens.shape, dtype=bool)
    dense[listens.nonzero()] = True
    return dense


def nearest(row: np.ndarray, count: int) -> np.ndarray:
    """Places of the `count` largest of row (n,), the largest first, of equals the first: as by a stable sort."""
    count = min(count, len(row))
    near = np.flatnonzero(row >= np.partition(row, -count)[-count])
    return near[np.argsort(-row[near], kind="stable")[:count]]


def by_common(graph: Graph, candidates: np.ndarray) -> np.ndarray:
    """(U, C, 9): how messages are spread over the user's artists and the nearest users, near by what is in common."""
    weights, listens = graph.weights, heard(graph.weights)
    scaled = scale_artists(weights, 1 / (np.sqrt((weights * weights).sum(0)) + 1e-9))
    near = (scaled.T @ scaled).tocsr()  # (A, A): cosines of artists
    cosine = user_cosine(weights)
    features = np.zeros((*candidates.shape, 9), dtype=np.float32)
    for user, (row, own_candidates) in enumerate(zip(features, candidates, strict=True)):
        own = weights.indices[weights.indptr[user] : weights.indptr[user + 1]]
        if len(own):
            messages = -np.sort(-near[own][:, own_candidates].toarray(), axis=0)
            row[:, 0] = messages[0]
            row[:, 1] = messages[:3].mean(0)
            row[:, 2] = messages.mean(0)
            row[:, 3] = (messages > 0).mean(0)
            row[:, 4] = (messages > 0.1).mean(0)
        users = nearest(cosine[user], 80)
        listen = listens[users[:, None], own_candidates]
        messages = listen * cosine[user, users, None]
        row[:, 5] = listen[:15].sum(0)
        row[:, 6] = listen.sum(0)
        row[:, 7] = messages.max(0)
        row[:, 8] = messages.sum(0)
    return np.sqrt(np.maximum(features, 0))


def by_waves(graph: Graph, candidates: np.ndarray, cut: int, size: int) -> np.ndarray:
    """(U, C, 10): the same where near is measured by the `size` slowest waves, filtered."""
    plays, listens = graph.plays, heard(graph.plays)
    passed, vectors = response(graph.values, graph.values, cut, NEAR_ORDER)[-size:], graph.vectors[:, -size:]
    artists = graph.weights.T.tocsr() @ (vectors * np.sqrt(passed / graph.values[-size:])).astype(np.float32)
    norm = np.sqrt((artists * artists).sum(1)) + 1e-6
    artists /= norm[:, None]  # (A, size)
    users = vectors * np.sqrt(passed)
    users /= np.sqrt((users * users).sum(1, keepdims=True)) + 1e-6
    kernel = (users @ users.T).astype(np.float32)
    np.fill_diagonal(kernel, -1)
    features = np.zeros((*candidates.shape, 10), dtype=np.float32)
    for user, (row, own_candidates) in enumerate(zip(features, candidates, strict=True)):
        start, end = plays.indptr[user : user + 2]
        if start < end:
            own = plays.indices[start:end]
            cosine = artists[own] @ artists[own_candidates].T
            sent = cosine * (norm[own] * plays.data[start:end])[:, None]
            cosine = -np.sort(-cosine, axis=0)
            row[:, 0] = cosine[0]
            row[:, 1] = cosine[:3].mean(0)
            row[:, 2] = cosine[:8].mean(0)
            row[:, 3] = cosine.mean(0)
            row[:, 4] = sent.mean(0)
            row[:, 5] = np.maximum(sent - 0.5 * sent.max(1, keepdims=True), 0).mean(0)
        near = nearest(kernel[user], 100)
        messages = -np.sort(-(listens[near[:, None], own_candidates] * kernel[user, near, None]), axis=0)
        row[:, 6] = messages[0]
        row[:, 7] = messages[:3].mean(0)
        row[:, 8] = messages[:10].mean(0)
    features[..., 9] = norm[candidates]
    return features


def messages(graph: Graph, candidates: np.ndarray) -> np.ndarray:
    """(U, C, F) in float32: all that arrives at candidates (U, C)."""
    filtered = np.stack([standardise_over_candidates(graph.filtered(cut), candidates) for cut in CUTS], axis=2)
    parts = [filtered, by_common(graph, candidates)]
    parts += [by_waves(graph, candidates, cut, size) for cut, size in NEAR]
    return np.concatenate(parts, axis=2).astype(np.float32)
