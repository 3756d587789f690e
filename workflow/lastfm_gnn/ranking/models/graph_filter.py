"""Closed form on the graph: a low-pass filter of the user-artist graph, without training, and what friends listen
to."""

import numpy as np

from lastfm_gnn.ranking.graph_filter import SLOW, FilterSettings, GraphFilter, slow_waves
from lastfm_gnn.ranking.problem import DENSE_USERS, RankingProblem, Scores

Settings = FilterSettings


def fit(problem: RankingProblem, settings: Settings, seed: int) -> Scores:
    """(U, A). friends has no say in the league of listens. Memory: arrays (U, A) and (U, U). Time: U³ + n · U.

    With more than DENSE_USERS, in the league of listens, only the slowest w = SLOW · cut waves. Memory: 80 bytes a
    listen and 20 · w a user and artist. Time: n · w + (U + A) · w². Raises InputError where either does not fit."""
    users, artists = problem.listens.shape
    if users <= DENSE_USERS or problem.side:
        return all_scores(problem, settings)
    needed = 80 * problem.listens.nnz + 20 * SLOW * settings.cut * (users + artists)
    problem.expect_bytes(needed, "take popularity or als, which need less, or a lower cut")
    return slow_waves(problem.listens, settings)


def all_scores(problem: RankingProblem, settings: Settings) -> np.ndarray:
    """(U, A), of all waves, however many users there are."""
    problem.expect_room(arrays=2, kernels=4)
    graph = GraphFilter(problem.listens, settings)
    return graph.scores(graph.weights, problem.side.friends if problem.side else None)
