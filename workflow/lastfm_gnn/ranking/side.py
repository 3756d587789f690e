"""What friends and tags tell a pair: a user's own tag events on an artist, if not in training, only in `own_tags`."""

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp

from lastfm_gnn.data.listens import Side
from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.weights import apply, binary, log_plays, scale_artists, standardise_over_candidates


def tagged(side: Side, shape: tuple[int, int]) -> sp.csr_array:
    """(U, A): how many tags a user gave an artist."""
    events = sp.coo_array((np.ones(len(side.tag), dtype=np.float32), (side.tag_user, side.tag_artist)), shape)
    return events.tocsr()


def friend_messages(listens: sp.csr_array, side: Side, cosine: np.ndarray) -> Iterator[np.ndarray]:
    """Yields (U, A): which friends listen, how much, how alike they are (cosine (U, U)); then friends of friends."""
    friends = side.friends.astype(np.float32)
    degree = np.maximum(friends.sum(1), 1).astype(np.float32)
    plays = log_plays(listens)
    yield (friends @ binary(listens)).toarray()
    yield (friends @ plays).toarray() / (degree + 1)[:, None]
    yield ((friends * cosine).tocsr() @ plays).toarray()
    walk = np.linalg.inv(np.eye(len(degree), dtype=np.float32) - 0.5 * (friends.toarray() / degree[:, None]))
    np.fill_diagonal(walk, 0)
    yield (plays.T.tocsr() @ np.ascontiguousarray(walk.T)).T


def others_tagged(listens: sp.csr_array, side: Side, kernel: np.ndarray) -> np.ndarray:
    """(U, A): kernel (U, U) from listens, its diagonal left out, @ who tagged whom: own events have no say."""
    events = binary(tagged(side, listens.shape))
    near = kernel.copy()
    np.fill_diagonal(near, 0)
    others = np.maximum(events.sum(0)[None, :] - events.toarray(), 1)  # who tagged an artist, the user left out
    return apply(near, events) * others**-0.25


def tag_content(listens: sp.csr_array, side: Side) -> np.ndarray:
    """(U, A): how like the tags of a user's artists are an artist's own, all from events on training pairs alone."""
    in_training = np.asarray(binary(listens)[side.tag_user, side.tag_artist]).reshape(-1) > 0
    artist, tag = side.tag_artist[in_training], side.tag[in_training]
    counts = sp.coo_array(
        (np.ones(len(tag), dtype=np.float32), (artist, tag)), (listens.shape[1], side.tag.max() + 1)
    )
    counts = counts.tocsr()
    counts.data = np.log1p(counts.data)
    rarity = np.log(listens.shape[1] / np.maximum(np.bincount(counts.indices, minlength=counts.shape[1]), 1))
    profiles = scale_artists(counts, rarity.astype(np.float32))
    norm = np.sqrt((profiles * profiles).sum(1)) + 1
    profiles = (sp.diags_array(1 / norm) @ profiles).tocsr()
    return (profiles @ (log_plays(listens) @ profiles).toarray().T).T.astype(np.float32)


def tag_messages(listens: sp.csr_array, side: Side, kernel: np.ndarray) -> Iterator[np.ndarray]:
    """Yields (U, A): others who tagged the artist, near by kernel (U, U); friends who did; likeness of tags."""
    yield others_tagged(listens, side, kernel)
    yield (side.friends @ binary(tagged(side, listens.shape))).toarray()
    yield tag_content(listens, side)


def own_tags(listens: sp.csr_array, side: Side) -> Iterator[np.ndarray]:
    """Yields (U, A): the user's own tags on the artist; how many artists they tagged; the share they listen to."""
    events = tagged(side, listens.shape)
    count = np.diff(events.indptr).astype(np.float32)
    share = np.asarray((binary(events) * binary(listens)).sum(1)) / (count + 1)
    yield np.log1p(events.toarray())
    yield np.broadcast_to(np.log1p(count)[:, None], listens.shape)
    yield np.broadcast_to(share[:, None].astype(np.float32), listens.shape)


def side_features(
    problem: RankingProblem, cosine: np.ndarray, kernel: np.ndarray, candidates: np.ndarray
) -> list[np.ndarray]:
    """Parts (U, C, F) of what the league knows of candidates (U, C) beside listens; cosine and kernel (U, U) say
    which users are near, by their listens."""
    listens, side = problem.listens, problem.side
    if side is None:
        return []
    parts = [standardise_over_candidates(pairs, candidates) for pairs in friend_messages(listens, side, cosine)]
    if problem.league in ("side", "own_tags"):
        parts += [standardise_over_candidates(pairs, candidates) for pairs in tag_messages(listens, side, kernel)]
    if problem.league == "own_tags":
        parts += [np.take_along_axis(pairs, candidates, 1) for pairs in own_tags(listens, side)]
    return [np.stack(parts, axis=2).astype(np.float32)]
