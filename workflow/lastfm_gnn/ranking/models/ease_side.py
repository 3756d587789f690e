"""Baseline: EASE that knows friends and tags: what friends listen to, and what others tagged who are near by its own
kernel, are added to its scores."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from lastfm_gnn.ranking.models import ease
from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.scores import ByUsers, Scores
from lastfm_gnn.ranking.side import others_tagged, tagged
from lastfm_gnn.ranking.weights import (
    binary,
    friend_weights,
    item_ridge,
    listeners,
    log_plays,
    scale_artists,
    scale_users,
)


@dataclass(frozen=True)
class Settings(ease.Settings):
    """Weights. friends: of the mean of their lists; tags: of others' tags (leagues side, own_tags); own: of the
    user's own tag on the artist (own_tags)."""

    friends: float
    tags: float
    own: float


def fit(problem: RankingProblem, settings: Settings, seed: int) -> Scores:
    """(U, A). Memory: arrays (U, A) and (U, U). Time: U³ + n · U, and as much for tags.

    With many users (problem.py), only among the artists of ease.regress. Memory and time: ease, twice."""
    if problem.many_users:
        return restricted(problem, settings)
    problem.expect_room(arrays=4, kernels=4)
    listens, side, league = problem.listens, problem.known_side, problem.league
    count = listeners(listens)
    weights = scale_artists(log_plays(listens), count**-settings.damping)
    scores, kernel = item_ridge(weights, settings.ridge)
    share = sp.diags_array((settings.friends / (side.friends.sum(1) + 1)).astype(np.float32))
    scores += (share @ side.friends @ weights).toarray()
    if league in ("side", "own_tags"):
        tags = others_tagged(listens, side, kernel)
        np.add(scores, settings.tags * tags, out=scores, casting="same_kind")
    if league == "own_tags":
        scores += settings.own * binary(tagged(side, listens.shape)).toarray()
    return scores * count**settings.popularity


def restricted(problem: RankingProblem, settings: Settings) -> ByUsers:
    """Among the artists of ease.regress; the kernel between users is X P Xᵀ there, and is not made."""
    side, league = problem.known_side, problem.league
    regression = ease.regress(problem, settings, arrays=12)
    weights, inverse, scored = regression.weights, regression.inverse, regression.scored
    friends = friend_weights(side.friends, settings.friends)
    of_all = binary(tagged(side, problem.listens.shape))
    events = of_all[:, scored].tocsr()
    taggers = events.sum(0)
    of_tags = None  # (K, K)
    if league in ("side", "own_tags"):
        of_tags = inverse @ (weights.T @ events).toarray()
    lift = regression.count**settings.popularity
    of_other = settings.own * lift
    of_other[scored] = 0
    others = scale_artists(of_all.copy(), of_other)
    others.eliminate_zeros()

    def of(rows: slice) -> np.ndarray:
        own, tags = weights[rows], events[rows]
        scores = own @ regression.between + (friends[rows] @ weights).toarray()
        if of_tags is not None:
            to_self = (own @ inverse)[own.nonzero()]  # a user's own events have no say
            share = np.bincount(own.nonzero()[0], to_self * own.data, own.shape[0])
            of_others = own @ of_tags - scale_users(tags, share).toarray()
            scores += settings.tags * of_others * np.maximum(taggers - tags.toarray(), 1) ** -0.25
        if league == "own_tags":
            scores += settings.own * tags.toarray()
        everywhere = ease.before_others(scores * lift[scored], scored, regression.count)
        if league == "own_tags":  # other artists whom the user tagged stand among the scored
            own_others = others[rows]
            everywhere[own_others.nonzero()] = own_others.data
        return everywhere

    return ByUsers(of)
