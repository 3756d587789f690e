"""The graph filter in a form that fits into a page, for somebody who is not in the graph.

Its kernel between users, V h(λ)/λ Vᵀ (U, U), is given as p(G') + V_k diag(r) V_kᵀ: V_k are the waves of the largest
eigenvalues, G' is the graph of users with these eigenvalues moved to 0, and p a Chebyshev polynomial that is the
filter's gain h(λ)/λ on what is left. With fewer large eigenvalues, fewer terms do.
"""

import base64

import numpy as np
from numpy.polynomial import Chebyshev
from scipy.sparse.linalg import aslinearoperator, eigsh

from lastfm_gnn.core.program import InputError
from lastfm_gnn.ranking.graph_filter import GraphFilter

WAVES = 16
TERMS = 400  # the most: an answer takes a second
SCORES, SHARES = 1e-8, 1e-4  # largest error of the gain, of its largest value, where scores and shares are computed
ABOVE = 1.001  # the largest eigenvalue that is left, times this, is the bound: the filter's have single precision
LEAST = 1e-3  # of the largest eigenvalue of all: the least bound


def filter_parts(graph: GraphFilter) -> dict:
    """What page/filter.js takes; arrays are base64 of little-endian numbers. Raises InputError where the edge of the
    filter is too sharp for a polynomial."""
    users = len(graph.values)
    count = min(WAVES, users - 1)
    weights = graph.weights.astype(np.float64)
    largest, waves = np.zeros(0), np.zeros((users, 0))
    if count:
        operator = aslinearoperator(weights) @ aslinearoperator(weights.T)
        largest, waves = eigsh(operator, k=count, v0=np.ones(users))
    bound = ABOVE * float(max(graph.values[-count - 1], LEAST * graph.values[-1]))
    polynomial = Chebyshev.interpolate(graph.gain, TERMS, [0, bound])
    # what the terms from each on may add, at most
    rest = np.abs(polynomial.coef)[::-1].cumsum()[::-1] / graph.gain(graph.values).max()
    terms, terms_of_shares = (max(1, int((rest > error).sum())) for error in (SCORES, SHARES))
    if terms > TERMS:
        raise InputError(
            f"the graph filter's edge, of order {graph.settings.order}, is too sharp for a page; give graph_filter an"
            " order of at most 20 in the config"
        )
    polynomial = Chebyshev(polynomial.coef[:terms], [0, bound])
    by_artist = graph.weights.tocsc()
    by_artist.sort_indices()
    return {
        "users": users,
        "start": packed(by_artist.indptr, "<u4"),
        "user": packed(by_artist.indices, "<u4"),
        "weight": packed(by_artist.data, "<f4"),
        "waves": packed(waves.T, "<f8"),
        "moved": packed(largest, "<f8"),
        "restored": packed(graph.gain(largest) - polynomial(0.0), "<f8"),
        "coefficients": packed(polynomial.coef, "<f8"),
        "termsOfShares": terms_of_shares,
        "largest": bound,
        "damping": graph.settings.damping,
        "popularity": graph.settings.popularity,
    }


def packed(numbers: np.ndarray, form: str) -> dict[str, str]:
    """Of an array in row order, for a JSON."""
    return {"form": form, "base64": base64.b64encode(numbers.astype(form).tobytes()).decode()}
