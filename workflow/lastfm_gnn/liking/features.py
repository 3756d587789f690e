"""What a network or tree sees of a pair: its nodes' statistics, its neighbours, and sums over them."""

from dataclasses import dataclass

import numpy as np

from lastfm_gnn.data.listens import Pairs
from lastfm_gnn.liking.context import Context, sums
from lastfm_gnn.liking.listen_graph import dot_products, edges_of
from lastfm_gnn.liking.side import SideContext

# Weights w of the neighbours in the sums over them, Σ w r / (Σ w + c): power of a similarity, and c.
ARTIST_SUMS = (("cosine", 1, 0.3), ("cosine", 2, 0.05), ("cosine", 0.5, 2), ("spectral", 2, 1), ("spectral", 4, 0.5))
LEAST_VARIANCE = 0.003  # of a pair's score, so that no user's pairs weigh too much
USER_SUMS = (*ARTIST_SUMS, ("two_steps", 2, 1))


@dataclass(frozen=True)
class Neighbours:
    """Edges next to each pair: of its user, to other artists, or of its artist, to other users.

    pair (P,): place of the pair; edge (P,): place of the edge in the context; features {name: (P,)}.
    """

    pair: np.ndarray
    edge: np.ndarray
    features: dict[str, np.ndarray]


@dataclass(frozen=True)
class PairFeatures:
    """Of T pairs. base (T,): mean and biases; spread (T,): the user's; statistics and propagated (T, F). edge_tags
    (E,): tags of each edge of the context, None without side information."""

    base: np.ndarray
    spread: np.ndarray
    statistics: np.ndarray
    propagated: np.ndarray
    of_user: Neighbours
    of_artist: Neighbours
    edge_tags: np.ndarray | None

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
    first = np.concatenate([[0], np.cumsum(context.user_count)])
    pair, edge = edges_of(first, pairs.user)
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
    first = np.concatenate([[0], np.cumsum(context.artist_count)])
    pair, place_by_artist = edges_of(first, pairs.artist)
    edge = context.by_artist[place_by_artist]
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


def pair_features(context: Context, side: SideContext | None, pairs: Pairs) -> PairFeatures:
    """`pairs` without their scores, which are not looked at. Pairs must not be edges of the context. side: the
    context's (side_of)."""
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
        of_user,
        of_artist,
        side.edge_tags if side else None,
    )
