"""Closed form on the graph: a low-pass filter of the user-artist graph, without training, and what friends listen
to."""

import numpy as np
import scipy.sparse as sp

from lastfm_gnn.data.listens import Side
from lastfm_gnn.ranking.graph_filter import GraphFilter


def scores(
    listens: sp.csr_array,
    side: Side | None,
    league: str,
    seed: int,
    cut: int,
    order: float,
    damping: float,
    popularity: float,
    friends: float,
) -> np.ndarray:
    """(U, A). friends has no say in the league of listens."""
    graph = GraphFilter(listens, cut, order, damping, popularity, friends)
    return graph.scores(graph.weights, side.friends if side else None)
