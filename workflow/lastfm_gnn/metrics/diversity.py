"""How varied recommended lists are. It says nothing of how right they are.

Who listens to an artist is known from the training part alone. Definitions after Castells, Hurley and Vargas,
"Novelty and Diversity in Recommender Systems", in: Recommender Systems Handbook, 2015, which has more of them.
"""

import numpy as np
import scipy.sparse as sp

BLOCK = 1 << 23  # cosines at a time


def diversity(lists: np.ndarray, listens: sp.csr_array) -> dict[str, float]:
    """coverage, novelty and similarity of lists (n, k) of artists, by listens (U, A).

    coverage: share of all artists that are in any of the lists (Herlocker et al., "Evaluating Collaborative Filtering
    Recommender Systems", TOIS 22, 2004). The other two are means over the lists of what follows here.
    """
    return {
        "coverage": len(np.unique(lists)) / listens.shape[1],
        "novelty": float(novelty(lists, listens).mean()),
        "similarity": float(similarity(lists, listens).mean()),
    }


def novelty(lists: np.ndarray, listens: sp.csr_array) -> np.ndarray:
    """(n,) in bits: mean over a list of -log2 of the share of users who listen to the artist (Zhou et al., "Solving
    the Apparent Diversity-Accuracy Dilemma of Recommender Systems", PNAS 107, 2010). An artist of nobody counts as
    one of a single user."""
    share = np.maximum(np.bincount(listens.indices, minlength=listens.shape[1]), 1) / listens.shape[0]
    return -np.log2(share)[lists].mean(1)


def unit_listeners(listens: sp.csr_array) -> sp.csc_array:
    """(U, A): column a is 1 for the listeners of a, over the root of their number. The product of two columns is the
    cosine of the two artists' sets of listeners: how many they share, over the root of the product of their numbers;
    0 with an artist of nobody."""
    listeners = np.bincount(listens.indices, minlength=listens.shape[1])
    scale = 1 / np.sqrt(np.maximum(listeners, 1, dtype=np.float32))
    return sp.csr_array((scale[listens.indices], listens.indices, listens.indptr), listens.shape).tocsc()


def similarity(lists: np.ndarray, listens: sp.csr_array) -> np.ndarray:
    """(n,) from 0 to 1: mean cosine over the pairs of a list (n, k), k at least 2. This is the intra-list similarity
    of Ziegler et al., "Improving Recommendation Lists Through Topic Diversification", WWW 2005, with listeners for
    topics. Time grows with the distinct artists squared; memory is bounded."""
    artists, places = np.unique(lists, return_inverse=True)
    unit = unit_listeners(listens)[:, artists]
    count = lists.shape[1]
    total = np.zeros(len(lists))
    step = max(1, BLOCK // len(artists))
    for start in range(0, len(artists), step):
        cosine = (unit[:, start : start + step].T @ unit).toarray()
        for column in places.T:
            rows = np.flatnonzero((column >= start) & (column < start + step))
            total[rows] += cosine[column[rows, None] - start, places[rows]].sum(1)
    with_itself = (np.diff(unit.indptr) > 0)[places].sum(1)
    return (total - with_itself) / (count * (count - 1))
