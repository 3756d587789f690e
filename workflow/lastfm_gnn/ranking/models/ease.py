"""Baseline: EASE: a linear regression of every artist on all others, in closed form (Steck, WWW 2019)."""

from dataclasses import dataclass

import numpy as np
import scipy.linalg
import scipy.sparse as sp

from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.scores import ByUsers, Scores
from lastfm_gnn.ranking.weights import item_ridge, listeners, log_plays, scale_artists

FIT = 1 << 13  # artists in the regression, at most, with many users


@dataclass(frozen=True)
class Settings:
    """Weights are log plays over listeners^damping; scores are times listeners^popularity."""

    ridge: float
    damping: float
    popularity: float


def fit(problem: RankingProblem, settings: Settings, seed: int) -> Scores:
    """(U, A), solved in the space of users, who are fewer. Memory: arrays (U, A) and (U, U). Time: U³ + n · U.

    With many users (problem.py), only among the FIT artists of most listeners, in their space; the others come after
    them. Memory: 80 bytes a listen and arrays (FIT, FIT). Time: FIT³ + n · FIT. Raises InputError where either does
    not fit."""
    if problem.many_users:
        regression = regress(problem, settings, arrays=7)
        weights, between, scored, count = regression.weights, regression.between, regression.scored, regression.count
        between *= count[scored] ** settings.popularity
        return ByUsers(lambda rows: before_others(weights[rows] @ between, scored, count))
    return all_scores(problem, settings)


def all_scores(problem: RankingProblem, settings: Settings) -> np.ndarray:
    """(U, A), however many users there are."""
    problem.expect_room(arrays=2, kernels=4)
    count = listeners(problem.listens)
    weights = scale_artists(log_plays(problem.listens), count**-settings.damping)
    return item_ridge(weights, settings.ridge)[0] * count**settings.popularity


@dataclass(frozen=True)
class Regression:
    """Among the artists `scored` (K,): weights (U, K), sparse; inverse (K, K): P = (XᵀX + ridge · I)⁻¹; between
    (K, K): B = I - P / diag(P). count (A,): listeners."""

    weights: sp.csr_array
    inverse: np.ndarray
    between: np.ndarray
    scored: np.ndarray
    count: np.ndarray


def before_others(of_scored: np.ndarray, scored: np.ndarray, count: np.ndarray) -> np.ndarray:
    """(n, A) of some users' scores (n, K) of the artists `scored` (K,): all others come last, those of a higher count
    (A,) first."""
    scores = of_scored.min(1, keepdims=True) - 2 + count / count.max()
    scores[:, scored] = of_scored
    return scores


def regress(problem: RankingProblem, settings: Settings, arrays: int) -> Regression:
    """Among the FIT artists of most listeners. Raises InputError where so many arrays (FIT, FIT), or 80 bytes a
    listen, do not fit."""
    needed = 80 * problem.listens.nnz + 4 * arrays * min(FIT, problem.listens.shape[1]) ** 2
    problem.expect_bytes(needed, "take popularity or als, which need less")
    count = listeners(problem.listens)
    scored = np.sort(np.argsort(-count, kind="stable")[:FIT])
    if others := len(count) - len(scored):
        print(f"ease: a regression among the {FIT:,} artists of most listeners; the other {others:,} come last")
    weights = scale_artists(log_plays(problem.listens), count**-settings.damping)[:, scored].tocsr()
    gram = (weights.T @ weights).toarray()
    gram[np.diag_indices_from(gram)] += settings.ridge
    inverse = scipy.linalg.inv(gram, overwrite_a=True, check_finite=False, assume_a="pos")
    between = inverse / -np.diag(inverse)
    np.fill_diagonal(between, 0)
    return Regression(weights, inverse, between, scored, count)
