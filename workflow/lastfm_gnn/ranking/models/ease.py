"""Baseline: EASE: a linear regression of every artist on all others, in closed form (Steck, WWW 2019)."""

from dataclasses import dataclass

import numpy as np
import scipy.linalg

from lastfm_gnn.ranking.problem import DENSE_USERS, RankingProblem, Restricted, Scores
from lastfm_gnn.ranking.weights import item_ridge, listeners, log_plays, scale_artists

FIT = 1 << 13  # artists in the regression, at most, with more than DENSE_USERS


@dataclass(frozen=True)
class Settings:
    """Weights are log plays over listeners^damping; scores are times listeners^popularity."""

    ridge: float
    damping: float
    popularity: float


def fit(problem: RankingProblem, settings: Settings, seed: int) -> Scores:
    """(U, A), solved in the space of users, who are fewer. Memory: arrays (U, A) and (U, U). Time: U³ + n · U.

    With more than DENSE_USERS, only among the FIT artists of most listeners, in their space; the others come after
    them. Memory: 80 bytes a listen and arrays (FIT, FIT). Time: FIT³ + n · FIT. Raises InputError where either does
    not fit."""
    users, artists = problem.listens.shape
    if users > DENSE_USERS:
        needed = 80 * problem.listens.nnz + 30 * min(FIT, artists) ** 2
        problem.expect_bytes(needed, "take popularity or als, which need less")
        return restricted(problem, settings, FIT)
    return all_scores(problem, settings)


def all_scores(problem: RankingProblem, settings: Settings) -> np.ndarray:
    """(U, A), however many users there are."""
    problem.expect_room(arrays=2, kernels=4)
    count = listeners(problem.listens)
    weights = scale_artists(log_plays(problem.listens), count**-settings.damping)
    return item_ridge(weights, settings.ridge)[0] * count**settings.popularity


def restricted(problem: RankingProblem, settings: Settings, fit: int) -> Restricted:
    """The regression among the `fit` artists of most listeners: B = I - P / diag(P), P = (XᵀX + ridge · I)⁻¹."""
    count = listeners(problem.listens)
    scored = np.sort(np.argsort(-count, kind="stable")[:fit])
    if others := len(count) - len(scored):
        print(f"ease: a regression among the {fit:,} artists of most listeners; the other {others:,} come last")
    weights = scale_artists(log_plays(problem.listens), count**-settings.damping)[:, scored].tocsr()
    gram = (weights.T @ weights).toarray()
    gram[np.diag_indices_from(gram)] += settings.ridge
    between = scipy.linalg.inv(gram, overwrite_a=True, check_finite=False, assume_a="pos")
    between /= -np.diag(between)
    np.fill_diagonal(between, 0)
    between *= count[scored] ** settings.popularity
    return Restricted(weights, between, scored, count / count.max())
