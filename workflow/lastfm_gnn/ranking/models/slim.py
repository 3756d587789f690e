"""Baseline: SLIM: a sparse, non-negative regression of every artist on others (Ning and Karypis, ICDM 2011)."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import ElasticNet

from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.weights import listeners, log_plays, scale_artists


@dataclass(frozen=True)
class Settings:
    lasso: float
    ridge: float
    damping: float
    popularity: float
    neighbours: int


def fit(problem: RankingProblem, settings: Settings, seed: int) -> np.ndarray:
    """(U, A): X W, where column a of W minimises ½ |x_a - X w|² + lasso |w|_1 + ½ ridge |w|² over w >= 0.

    X: log plays over listeners^damping; scores are times listeners^popularity. Only the `neighbours` artists with the
    largest cosine to a are regressors, which have most of the weight and make it fast; artists with one listener are
    regressors alone.

    Memory: an array (U, A), and the pairs of artists with a common listener. Time: A · U · neighbours.
    """
    problem.expect_room(arrays=1)
    listens, lasso, ridge = problem.listens, settings.lasso, settings.ridge
    count = listeners(listens)
    weights = scale_artists(log_plays(listens), count**-settings.damping)
    users, artists = weights.shape
    gram = (weights.T @ weights).tocsr()  # (A, A), sparse
    diagonal = gram.diagonal()
    norm = np.sqrt(np.maximum(diagonal, 1e-9))
    columns = weights.tocsc()
    # scikit-learn's objective is this one over the number of users
    model = ElasticNet(
        alpha=(lasso + ridge) / users,
        l1_ratio=lasso / (lasso + ridge),
        fit_intercept=False,
        positive=True,
        copy_X=False,
        max_iter=100,
        tol=1e-3,
    )
    coefficients, parts = [], []
    for artist in np.flatnonzero(np.bincount(listens.indices, minlength=artists) > 1):
        near = gram.indices[gram.indptr[artist] : gram.indptr[artist + 1]]
        cosine = gram.data[gram.indptr[artist] : gram.indptr[artist + 1]] / norm[near]
        kept = near != artist
        near, cosine = near[kept], cosine[kept]
        near = near[np.argsort(-cosine, kind="stable")[: settings.neighbours]]
        if not len(near):
            continue
        target = columns[:, [artist]].toarray().ravel()
        known = columns[:, near]
        model.precompute = gram[near][:, near].toarray()
        model.fit(np.asfortranarray(known.toarray()), target, check_input=False)
        some = model.coef_ > 0
        parts.append(np.column_stack([near[some], np.full(some.sum(), artist)]))
        coefficients.append(model.coef_[some])
    places = np.concatenate(parts or [np.zeros((0, 2), int)]).T
    regression = sp.csr_array((np.concatenate(coefficients or [np.zeros(0)]), tuple(places)), (artists, artists))
    return (weights @ regression).toarray().astype(np.float32) * count**settings.popularity
