"""What friends and tags tell a user's candidates: a user's own tag events on an artist, if not in training, only in
`own_tags`.

candidates (U, C) are artists of every user; a message to them is an array (U, C).
"""

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp

from lastfm_gnn.core.places import product_at, sparse_gram_at, values_at
from lastfm_gnn.data.listens import Side
from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.scores import products_at
from lastfm_gnn.ranking.weights import apply, binary, log_plays, scale_artists, standardise


def tagged(side: Side, shape: tuple[int, int]) -> sp.csr_array:
    """(U, A): how many tags a user gave an artist."""
    events = sp.coo_array((np.ones(len(side.tag), dtype=np.float32), (side.tag_user, side.tag_artist)), shape)
    return events.tocsr()


def _rows(candidates: np.ndarray) -> np.ndarray:
    """(U · C,): the user of each candidate."""
    return np.repeat(np.arange(len(candidates)), candidates.shape[1])


def sent(left: sp.csr_array, right: sp.csr_array, candidates: np.ndarray) -> np.ndarray:
    """left (U, n) @ right (n, A) at candidates."""
    return product_at(left, right, _rows(candidates), candidates.ravel()).reshape(candidates.shape)


def friend_messages(
    listens: sp.csr_array, side: Side, near: sp.csr_array, candidates: np.ndarray, many: bool
) -> Iterator[np.ndarray]:
    """Yields which friends listen, how much, how alike they are (near (U, U): of friends alone); then friends of
    friends, but not with many users."""
    friends = side.friends.astype(np.float32)
    degree = np.maximum(friends.sum(1), 1).astype(np.float32)
    plays = log_plays(listens)
    yield sent(friends, binary(listens), candidates)
    yield sent(friends, plays, candidates) / (degree + 1)[:, None]
    yield sent(near, plays, candidates)
    if not many:
        walk = np.linalg.inv(np.eye(len(degree), dtype=np.float32) - 0.5 * (friends.toarray() / degree[:, None]))
        np.fill_diagonal(walk, 0)
        yield np.take_along_axis((plays.T.tocsr() @ np.ascontiguousarray(walk.T)).T, candidates, 1)


def others_tagged(listens: sp.csr_array, side: Side, kernel: np.ndarray) -> np.ndarray:
    """(U, A): kernel (U, U) from listens, its diagonal left out, @ who tagged whom: own events have no say."""
    events = binary(tagged(side, listens.shape))
    near = kernel.copy()
    np.fill_diagonal(near, 0)
    others = np.maximum(events.sum(0)[None, :] - events.toarray(), 1)  # who tagged an artist, the user left out
    return apply(near, events) * others**-0.25


def tag_content(listens: sp.csr_array, side: Side, candidates: np.ndarray) -> np.ndarray:
    """How like the tags of a user's artists are an artist's own, all from events on training pairs alone."""
    in_training = np.asarray(binary(listens)[side.tag_user, side.tag_artist]).reshape(-1) > 0
    artist, tag = side.tag_artist[in_training], side.tag[in_training]
    counts = sp.coo_array(
        (np.ones(len(tag), dtype=np.float32), (artist, tag)), (listens.shape[1], side.tag.max(initial=0) + 1)
    )
    counts = counts.tocsr()
    counts.data = np.log1p(counts.data)
    rarity = np.log(listens.shape[1] / np.maximum(np.bincount(counts.indices, minlength=counts.shape[1]), 1))
    profiles = scale_artists(counts, rarity.astype(np.float32))
    norm = np.sqrt((profiles * profiles).sum(1)) + 1
    profiles = (sp.diags_array(1 / norm) @ profiles).tocsr()
    tastes = log_plays(listens) @ profiles
    return products_at(tastes.tocsr(), profiles, candidates)


def own_tags(listens: sp.csr_array, side: Side, candidates: np.ndarray) -> Iterator[np.ndarray]:
    """Yields the user's own tags on the artist; how many artists they tagged; the share they listen to."""
    events = tagged(side, listens.shape)
    count = np.diff(events.indptr).astype(np.float32)
    share = np.asarray((binary(events) * binary(listens)).sum(1)) / (count + 1)
    yield np.log1p(values_at(events, _rows(candidates), candidates.ravel())).reshape(candidates.shape)
    yield np.broadcast_to(np.log1p(count)[:, None], candidates.shape)
    yield np.broadcast_to(share[:, None].astype(np.float32), candidates.shape)


def side_features(
    problem: RankingProblem, lists: sp.csr_array, kernel: np.ndarray | None, candidates: np.ndarray
) -> list[np.ndarray]:
    """Parts (U, C, F) of what the league knows of candidates (U, C) beside listens. Friends are near by the cosine of
    lists (U, A), rows of length 1; others who tagged, by kernel (U, U), and are left out if it is None."""
    listens, side = problem.listens, problem.side
    if side is None:
        return []
    ends = side.friends.nonzero()
    near = sp.csr_array((sparse_gram_at(lists, *ends).astype(np.float32), ends), side.friends.shape)
    parts = list(friend_messages(listens, side, near, candidates, problem.many_users))
    if problem.league in ("side", "own_tags"):
        if kernel is not None:
            parts.append(np.take_along_axis(others_tagged(listens, side, kernel), candidates, 1))
        parts.append(sent(side.friends, binary(tagged(side, listens.shape)), candidates))
        parts.append(tag_content(listens, side, candidates))
    parts = [standardise(part) for part in parts]
    if problem.league == "own_tags":
        parts += own_tags(listens, side, candidates)
    return [np.stack(parts, axis=2).astype(np.float32)]
