"""Closed form on the graph: a low-pass filter of the user-artist graph, without training, and what friends listen
to."""

import numpy as np

from lastfm_gnn.ranking.graph_filter import SLOW, FilterSettings, GraphFilter, slow_waves
from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.scores import Scores

Settings = FilterSettings


def fit(problem: RankingProblem, settings: Settings, seed: int) -> Scores:
    """(U, A). friends has no say in the league of listens. Memory: arrays (U, A) and (U, U). Time: U³ + n · U.

    With many users (problem.py), only the slowest w = SLOW · cut waves. Memory: 80 bytes a listen and 20 · w a user
    and artist. Time: n · w + (U + A) · w². Raises InputError where either does not fit."""
    if not problem.many_users:
        return all_scores(problem, settings)
    needed = 80 * problem.listens.nnz + 20 * SLOW * settings.cut * sum(problem.listens.shape)
    problem.expect_bytes(needed, "take popularity or als, which need less, or a lower cut")
    return slow_waves(problem.listens, problem.side.friends if problem.side else None, settings)


def all_scores(problem: RankingProblem, settings: Settings) -> np.ndarray:
    """(U, A), of all waves, however many users there are."""
    problem.expect_room(arrays=2, kernels=4)
    graph = GraphFilter(problem.listens, settings)
    return graph.scores(graph.weights, problem.side.friends if problem.side else None)
