"""Baseline: EASE that knows friends and tags: what friends listen to, and what others tagged who are near by its own
kernel, are added to its scores."""

import numpy as np
import scipy.sparse as sp

from lastfm_gnn.data.listens import Side
from lastfm_gnn.ranking.side import others_tagged, tagged
from lastfm_gnn.ranking.weights import binary, item_ridge, listeners, log_plays, scale_artists

WEIGHTS = {"friends": 0.05, "tags": 0.8, "own": 0.1}  # the best on validation of seed 0


def scores(
    listens: sp.csr_array,
    side: Side | None,
    league: str,
    seed: int,
    ridge: float,
    damping: float,
    popularity: float,
    friends: float,
    tags: float,
    own: float,
) -> np.ndarray:
    """(U, A). Weights: of the mean list of a user's friends; of others' tags (side, own_tags); of the user's own tag
    on
    the artist (own_tags)."""
    count = listeners(listens)
    weights = scale_artists(log_plays(listens), count**-damping)
    found, kernel = item_ridge(weights, ridge)
    share = sp.diags_array((friends / (side.friends.sum(1) + 1)).astype(np.float32))
    found += (share @ side.friends @ weights).toarray()
    if league in ("side", "own_tags"):
        found += tags * others_tagged(listens, side, kernel)
    if league == "own_tags":
        found += own * binary(tagged(side, listens.shape)).toarray()
    return found * count**popularity
