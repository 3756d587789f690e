"""A user's own list of artists and no graph: logistic regression on its latent semantic analysis.

Users without a list get every region alike, the more frequent ahead by a hair, so that in a blend the list says
nothing of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lastfm_gnn.asia.problems import RegionProblem
from lastfm_gnn.data.friendships import one_hot


@dataclass(frozen=True)
class Settings:
    """dimensions: of the latent semantic analysis; inverse_penalty: of the regression."""

    dimensions: int
    inverse_penalty: float


def listed_directions(likes: sp.csr_array, dimensions: int) -> np.ndarray:
    """(U, dimensions), or fewer than artists and users: the scaled latent semantic analysis of lists (U, A)."""
    size = min(dimensions, min(likes.shape) - 1)
    steps = TfidfTransformer(sublinear_tf=True), TruncatedSVD(size, random_state=0), StandardScaler()
    return make_pipeline(*steps).fit_transform(likes)


def fit_many(problems: Sequence[RegionProblem], candidates: Sequence[Settings], seed: int) -> list[list[np.ndarray]]:
    """Probabilities (N, classes) of each problem by each settings. The analysis sees no label: it is made once."""
    likes = problems[0].known_likes
    listed = likes.sum(1) > 0
    inputs = {size: listed_directions(likes[listed], size) for size in {one.dimensions for one in candidates}}
    return [[_fit(problem, listed, inputs[one.dimensions], one) for one in candidates] for problem in problems]


def fit(problem: RegionProblem, settings: Settings, seed: int) -> np.ndarray:
    """Probabilities (N, classes)."""
    return fit_many([problem], [settings], seed)[0][0]


def _fit(problem: RegionProblem, listed: np.ndarray, inputs: np.ndarray, settings: Settings) -> np.ndarray:
    """listed (N,): whose list is known; inputs (U, dimensions): of those."""
    labels, classes = problem.labels, problem.classes
    known = listed & (labels >= 0)
    alike = 1 + 1e-6 * one_hot(labels, classes).mean(0)
    scores = np.tile(alike / alike.sum(), (len(labels), 1))
    model = LogisticRegression(C=settings.inverse_penalty, max_iter=1000).fit(inputs[known[listed]], labels[known])
    scores[listed] = 0
    scores[np.ix_(listed, model.classes_)] = model.predict_proba(inputs)
    return scores
