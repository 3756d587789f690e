"""What a network or tree sees of a pair: its nodes' statistics, its neighbours, and sums over them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lastfm_gnn.data.listens import Pairs
from lastfm_gnn.liking.context import Context, largest, sums
from lastfm_gnn.liking.listen_graph import dot_products, edges_of
from lastfm_gnn.liking.side import SideContext

# Weights w of the neighbours in the sums over them, Σ w r / (Σ w + c): power of a similarity, and c.
ARTIST_SUMS = (("cosine", 1, 0.3), ("cosine", 2, 0.05), ("cosine", 0.5, 2), ("spectral", 2, 1), ("spectral", 4, 0.5))
LEAST_VARIANCE = 0.003  # of a pair's score, so that no user's pairs weigh too much
USER_SUMS = (*ARTIST_SUMS, ("two_steps", 2, 1))
NEAREST = 12  # neighbours of either kind that a pair attends over
AT_ONCE = 1 << 21  # neighbours whose features are made at a time


@dataclass(frozen=True)
class Neighbours:
    """Edges next to each pair: of its user, to other artists, or of its artist, to other users.

    pair (P,): place of the pair, in order; edge (P,): place of the edge in the context; features {name: (P,)}.
    """

    pair: np.ndarray
    edge: np.ndarray
    features: dict[str, np.ndarray]

    def take(self, places: np.ndarray) -> "Neighbours":
        return Neighbours(
            self.pair[places], self.edge[places], {name: values[places] for name, values in self.features.items()}
        )


@dataclass(frozen=True)
class PairFeatures:
    """Of T pairs. base (T,): mean and biases; spread (T,): the user's; statistics and propagated (T, F). edge_tags
    of_user and of_artist: the nearest neighbours, for who attends over them."""

    base: np.ndarray
    spread: np.ndarray
    statistics: np.ndarray
    propagated: np.ndarray
    of_user: Neighbours | None
    of_artist: Neighbours | None

    @property
    def weight(self) -> np.ndarray:
        """(T,), of mean 1: of a pair's squared error in training, the less the more its user's scores scatter, as
        weighted least squares have it."""
        weight = 1 / (self.spread**2 + LEAST_VARIANCE)
        return weight / weight.mean()


def _signed_root(values: np.ndarray) -> np.ndarray:
    return np.sign(values) * np.sqrt(np.abs(values))


def user_neighbours(context: Context, side: SideContext | None, pairs: Pairs) -> Neighbours:
    """The edges of each pair's user: how near their artist is to the pair's."""
    first, edges = context.user_edges
    pair, place = edges_of(first, pairs.user)
    edge = edges[place]
    here, there = pairs.artist[pair], context.edges.artist[edge]
    count = np.log1p(context.artist_count)
    _, vectors = context.embeddings
    features = {
        "cosine": context.artist_cosine(here, there),
        "agreement": _signed_root(context.artist_agreement(here, there)),
        "spectral": dot_products(vectors, here, there),
        "count": count[there],
        "own_count": count[here],
        "bias": context.artist_bias[there],
        "residual": context.standard[edge],
    }
    features["root"] = np.sqrt(features["cosine"])
    if side:
        features |= side.of_artists(here, there, edge)
    return Neighbours(pair, edge, features)


def artist_neighbours(context: Context, side: SideContext | None, pairs: Pairs) -> Neighbours:
    """The edges of each pair's artist: how near their user is to the pair's."""
    first, edges = context.artist_edges
    pair, place = edges_of(first, pairs.artist)
    edge = edges[place]
    here, there = pairs.user[pair], context.edges.user[edge]
    cosine, two_steps = context.user_cosines(here, there)
    features = {
        "cosine": cosine,
        "two_steps": two_steps,
        "agreement": _signed_root(context.user_agreement(here, there)),
        "spectral": context.user_spectral(here, there),
        "count": np.log1p(context.user_count)[there],
        "bias": context.user_bias[there] - context.user_bias[here],
        "popularity": context.user_popularity[there] - context.user_popularity[here],
        "residual": context.standard[edge],
    }
    features["root"] = np.sqrt(np.maximum(features["cosine"], 0))
    if side:
        features |= side.of_users(here, there, edge)
    return Neighbours(pair, edge, features)


def propagate(near: Neighbours, residual: np.ndarray, count: int, weights: tuple) -> np.ndarray:
    """(count, F): residuals (P,) around each pair, summed with several weights."""
    columns = []
    for name, power, shrinkage in weights:
        weight = np.maximum(near.features[name], 0) ** power
        total = sums(near.pair, weight, count)
        columns += [total, sums(near.pair, weight * residual, count) / (total + shrinkage)]
    agreement = near.features["agreement"]
    columns += [sums(near.pair, agreement, count), sums(near.pair, agreement * residual, count)]
    return np.column_stack(columns)


def side_of(context: Context) -> SideContext | None:
    """None without side information."""
    return SideContext(context, context.side) if context.side else None


def nearest(near: Neighbours) -> Neighbours:
    """The NEAREST most alike neighbours of each pair."""
    alike = near.features["cosine"] + 1e-3 * near.features["spectral"]
    return near.take(largest(alike, near.pair, NEAREST))


def _features_at_once(context: Context, side: SideContext | None, pairs: Pairs, attended: bool) -> PairFeatures:
    of_user, of_artist = user_neighbours(context, side, pairs), artist_neighbours(context, side, pairs)
    count = np.log1p(context.artist_count)[pairs.artist]
    statistics = [
        context.base(pairs),
        context.user_statistics[pairs.user],
        context.artist_statistics[pairs.artist],
        context.user_slope[pairs.user] * (count - context.user_popularity[pairs.user]),
    ]
    propagated = [
        propagate(near, context.standard[near.edge], len(pairs), weights)
        for near, weights in ((of_user, ARTIST_SUMS), (of_artist, USER_SUMS))
    ]
    if side:
        statistics.append(side.of_pairs(pairs))
        propagated.append(side.sums(of_artist, context.standard[of_artist.edge], len(pairs)))
    return PairFeatures(
        context.base(pairs),
        context.spread[pairs.user],
        np.column_stack(statistics),
        np.column_stack(propagated),
        *((nearest(of_user), nearest(of_artist)) if attended else (None, None)),
    )


def _blocks(context: Context, pairs: Pairs) -> Iterator[np.ndarray]:
    """Places of pairs with about AT_ONCE neighbours or fewer, of one artist or of some: what artists have in common
    with others is then made once for many pairs."""
    sizes = [np.diff(first) for first, _ in (context.user_edges, context.artist_edges)]
    neighbours = sizes[0][pairs.user] + sizes[1][pairs.artist]
    if neighbours.sum() <= AT_ONCE:
        yield np.arange(len(pairs))
        return
    by_artist = np.argsort(pairs.artist, kind="stable")
    block = np.cumsum(neighbours[by_artist]) // AT_ONCE
    yield from np.split(by_artist, np.flatnonzero(np.diff(block)) + 1)


def _joined(parts: list[Neighbours | None], blocks: list[np.ndarray]) -> Neighbours | None:
    """Neighbours of all pairs, from those of blocks of pairs."""
    near = [part for part in parts if part]
    if not near:
        return None
    pair = np.concatenate([block[part.pair] for block, part in zip(blocks, near, strict=True)])
    features = {name: np.concatenate([part.features[name] for part in near]) for name in near[0].features}
    whole = Neighbours(pair, np.concatenate([part.edge for part in near]), features)
    return whole.take(np.argsort(pair, kind="stable"))


def pair_features(context: Context, side: SideContext | None, pairs: Pairs, attended: bool = False) -> PairFeatures:
    """`pairs` without their scores, which are not looked at. Pairs must not be edges of the context. side: the
    context's (side_of); attended: whether the nearest neighbours are asked for.

    Memory beside the result: AT_ONCE neighbours' features, and what the context keeps."""
    blocks = list(_blocks(context, pairs))
    parts = [_features_at_once(context, side, pairs.take(block), attended) for block in blocks]
    if len(parts) == 1:
        return parts[0]
    back = np.argsort(np.concatenate(blocks))
    base, spread, statistics, propagated = (
        np.concatenate([getattr(part, name) for part in parts])[back]
        for name in ("base", "spread", "statistics", "propagated")
    )
    of_user, of_artist = (
        _joined([getattr(part, name) for part in parts], blocks) for name in ("of_user", "of_artist")
    )
    return PairFeatures(base, spread, statistics, propagated, of_user, of_artist)
