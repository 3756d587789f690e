"""The mean of all known likes, weighted by personalised PageRank from the user, shrunk to everybody's."""

import numpy as np

from lastfm_gnn.asia.artist_models.neighbour_mean import shrunk_mean
from lastfm_gnn.asia.users import Part, UserInputs


def scores(users: UserInputs, known: Part, rows: np.ndarray, restart: float, shrinkage: float) -> np.ndarray:
    """(R, A) for users `rows` (R,), none of them known."""
    return shrunk_mean(users.graph.pagerank(known.rows, restart)[rows], known, shrinkage)
