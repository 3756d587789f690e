"""Lists in which artists with the same listeners do not follow each other."""

import numpy as np
import scipy.sparse as sp

CANDIDATES = 200  # of a user


def varied(scores: np.ndarray, unit: sp.csc_array, count: int, variety: float) -> np.ndarray:
    """(count,) places of the n candidates of one user: of scores (n,), the highest first, and `unit` (U, n) as
    unit_listeners() has them.

    Maximal marginal relevance (Carbonell and Goldstein, "The Use of MMR, Diversity-Based Reranking for Reordering
    Documents and Producing Summaries", SIGIR 1998): the next one has the largest (1 - variety) · score - variety ·
    cosine with the nearest of those before it; scores are brought to 0 to 1. Candidates of the score -inf come last.
    """
    finite = np.isfinite(scores)
    low, high = (scores[finite].min(), scores[finite].max()) if finite.any() else (0, 1)
    relevance = np.where(finite, (scores - low) / max(high - low, 1e-12), -len(scores))
    cosine = (unit.T @ unit).toarray()
    chosen = np.zeros(count, dtype=np.int64)
    left, nearest = np.ones(len(scores), dtype=bool), np.zeros(len(scores))
    for place in range(count):
        value = (1 - variety) * relevance - variety * nearest
        chosen[place] = np.where(left, value, -np.inf).argmax()
        left[chosen[place]] = False
        nearest = np.maximum(nearest, cosine[chosen[place]])
    return chosen
