"""Closed form on the graph: a low-pass filter of the user-artist graph, without training, and what friends listen
to."""

import numpy as np

from lastfm_gnn.ranking.graph_filter import FilterSettings, GraphFilter
from lastfm_gnn.ranking.problem import RankingProblem

Settings = FilterSettings


def fit(problem: RankingProblem, settings: Settings, seed: int) -> np.ndarray:
    """(U, A). friends has no say in the league of listens. Memory: arrays (U, A) and (U, U). Time: U³ + n · U."""
    problem.expect_room(arrays=2, kernels=4)
    graph = GraphFilter(problem.listens, settings)
    return graph.scores(graph.weights, problem.side.friends if problem.side else None)
