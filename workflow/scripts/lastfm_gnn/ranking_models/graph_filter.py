"""Graph model: a low-pass filter of the user-artist graph, without training.

What users listen to, in the slow waves of the graph, after Shen et al., "How Powerful is Graph Convolution for
Recommendation?", CIKM 2021; here the filter has a soft edge (Butterworth).
"""

import numpy as np
import scipy.linalg
import scipy.sparse as sp

from lastfm_gnn.listen_data import Side
from lastfm_gnn.ranking_parts import apply, gram, listeners, log_plays, scale_artists


def scores(
    listens: sp.csr_array,
    side: Side | None,
    league: str,
    seed: int,
    cut: int,
    order: float,
    damping: float,
    popularity: float,
) -> np.ndarray:
    """(U, A): V h(λ) Vᵀ · weights, with h(λ) = 1 / (1 + (λ_cut / λ)^order); order ∞ is the ideal filter."""
    count = listeners(listens)
    weights = scale_artists(log_plays(listens), count**-damping)
    values, waves = scipy.linalg.eigh(gram(weights), check_finite=False)
    values = np.maximum(values, 1e-9)
    response = 1 / (1 + (values[-min(cut, len(values))] / values) ** order)
    smooth = (waves * response) @ waves.T
    return apply(smooth.astype(np.float32), weights) * count**popularity
