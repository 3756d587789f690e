"""Boosted trees (LightGBM, Ke et al., 2017) that rank hidden friends by features of pairs of users."""

from collections.abc import Callable

import lightgbm
import numpy as np

from lastfm_gnn.data.friendships import FriendGraph
from lastfm_gnn.friends.hiding import rounds

PairFeatures = Callable[[FriendGraph, np.ndarray], np.ndarray]


def taught_pairs(
    pair_features: PairFeatures,
    graph: FriendGraph,
    folds: int,
    share: float,
    queries: int,
    negatives: int,
    random: np.random.Generator,
) -> np.ndarray:
    """Features (Q · (1 + negatives), F): each hidden friend before `negatives` random others who are no friends.

    Of each fold at most `queries` hidden friends, each seen from one end, are taken at random: the rows would fill
    the memory. Features are those of the graph that the friend is hidden from.
    """
    n = len(graph.degree)
    known = graph.adjacency.toarray() > 0
    np.fill_diagonal(known, True)
    features = []
    for shown, hidden in rounds(graph, folds, share, random):
        user, friend = hidden.nonzero()
        taken = random.permutation(len(user))[:queries]
        user, friend = user[taken], friend[taken]
        others = random.integers(n, size=(len(user), negatives))
        while (odd := known[user[:, None], others]).any():
            others[odd] = random.integers(n, size=odd.sum())
        candidates = np.column_stack([friend, others])
        features.append(pair_features(shown, np.column_stack([np.repeat(user, negatives + 1), candidates.ravel()])))
    return np.concatenate(features)


def tree_scores(
    pair_features: PairFeatures,
    graph: FriendGraph,
    pairs: np.ndarray,
    seed: int,
    trees: int,
    leaves: int,
    learning_rate: float,
    least_pairs: int,
    folds: int,
    share: float,
    queries: int,
    negatives: int,
) -> np.ndarray:
    """Raw scores (P,) for pairs (P, 2), by a softmax loss a hidden friend (XE-NDCG: Bruch, 2021)."""
    features = taught_pairs(pair_features, graph, folds, share, queries, negatives, np.random.default_rng(seed))
    friends = np.arange(len(features)) % (negatives + 1) == 0
    model = lightgbm.LGBMModel(
        objective="rank_xendcg",
        n_estimators=trees,
        num_leaves=leaves,
        learning_rate=learning_rate,
        min_child_samples=least_pairs,
        subsample=0.7,
        subsample_freq=1,
        colsample_bytree=0.6,
        random_state=seed,
        n_jobs=1,
        verbose=-1,
    )
    model.fit(features, friends.astype(np.int8), group=np.full(len(features) // (negatives + 1), negatives + 1))
    return model.predict(pair_features(graph, pairs), raw_score=True)
