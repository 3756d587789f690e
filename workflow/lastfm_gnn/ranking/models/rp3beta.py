"""Closed form on the graph: RP3β: walks of three steps from a user, popular artists held back (Paudel et al.,
"Updatable, Accurate, Diverse, and Scalable Recommendations for Interactive Applications", ACM TiiS 2017)."""

from dataclasses import dataclass

import numpy as np

from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.weights import listeners, log_plays, scale_artists, scale_users


@dataclass(frozen=True)
class Settings:
    """α and β of the paper."""

    exponent: float
    popularity: float


def fit(problem: RankingProblem, settings: Settings, seed: int) -> np.ndarray:
    """(U, A): Σ over walks user → artist → user → artist of the three steps' probabilities, each to the power of
    `exponent` (α), over the last artist's listeners to the power of `popularity` (β). A step's probability is
    proportional to log plays.

    Memory: arrays (U, A) and (U, U). Time: n · U."""
    problem.expect_room(arrays=2, kernels=1)
    plays = log_plays(problem.listens)
    to_artist = scale_users(plays, 1 / np.maximum(plays.sum(1), 1e-9))
    to_user = scale_artists(plays, 1 / np.maximum(plays.sum(0), 1e-9))  # (U, A), from the artist's side
    for step in (to_artist, to_user):
        step.data = step.data**settings.exponent
    between = (to_artist @ to_user.T).toarray()  # (U, U)
    return (to_artist.T.tocsr() @ between.T).T * listeners(problem.listens) ** -settings.popularity
