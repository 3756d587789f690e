"""Rival: LightGBM (Ke et al., 2017) on what is usually counted between two users, taught on hidden friendships."""

import lightgbm
import numpy as np
import scipy.sparse as sp

from lastfm_gnn.friendships import FriendGraph
from lastfm_gnn.hidden_friends import blocks, rounds

RESTARTS = (0.5, 0.3, 0.15, 0.05)
STEPS, KEPT = 20, 6
BLOCK = 256


def pair_features(graph: FriendGraph, pairs: np.ndarray) -> np.ndarray:
    """(P, F) float32 for pairs (P, 2), alike from both ends: common friends (plain, Adamic-Adar, Jaccard), degrees,
    walks of 2 to 6 steps, PageRank on the symmetric graph and times both degrees' roots."""
    first, second = pairs.T
    adjacency, degree = graph.adjacency, np.maximum(graph.degree, 1)
    common = (adjacency @ adjacency)[first, second]
    rare = (adjacency @ sp.diags_array(1 / np.log(np.maximum(degree, 2))) @ adjacency)[first, second]
    ends = np.log(degree[pairs])
    counts = [common, rare, common / (degree[pairs].sum(1) - common), ends.min(1), ends.max(1), ends.sum(1)]
    walk = graph.symmetric.astype(np.float32)
    found = np.zeros((len(pairs), KEPT - 1 + len(RESTARTS)), dtype=np.float32)
    for users, places, column in blocks(pairs, BLOCK):
        visits = np.zeros((len(degree), len(users)), dtype=np.float32)
        visits[users, np.arange(len(users))] = 1
        for step in range(1, STEPS + 1):
            visits = walk @ visits
            here = visits[second[places], column]
            if 2 <= step <= KEPT:
                found[places, step - 2] = here
            for number, restart in enumerate(RESTARTS, KEPT - 1):
                found[places, number] += restart * (1 - restart) ** step * here
    found = np.log(found + 1e-8)
    features = np.column_stack([*counts, found, found[:, KEPT - 1 :] + ends.sum(1)[:, None] / 2])
    return features.astype(np.float32)


def taught_pairs(
    graph: FriendGraph, folds: int, share: float, negatives: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Features (Q · (1 + negatives), F) and truth: hidden friends from both ends, each before random others."""
    n = len(graph.degree)
    known = graph.adjacency.toarray() > 0
    np.fill_diagonal(known, True)
    features = []
    for shown, hidden in rounds(graph, folds, share, random):
        user, friend = hidden.nonzero()
        others = random.integers(n, size=(len(user), negatives))
        while (odd := known[user[:, None], others]).any():
            others[odd] = random.integers(n, size=odd.sum())
        candidates = np.column_stack([friend, others])
        features.append(pair_features(shown, np.column_stack([np.repeat(user, negatives + 1), candidates.ravel()])))
    total = np.concatenate(features)
    return total, np.arange(len(total)) % (negatives + 1) == 0


def scores(
    graph: FriendGraph,
    pairs: np.ndarray,
    seed: int,
    *,
    trees: int,
    leaves: int,
    learning_rate: float,
    least_pairs: int,
    folds: int,
    share: float,
    negatives: int,
    ranking: int,
) -> np.ndarray:
    """Raw scores (P,) for pairs (P, 2), the same from both ends. ranking: 1 for a softmax loss a hidden friend
    (XE-NDCG), 0 for the binary loss."""
    features, friends = taught_pairs(graph, folds, share, negatives, np.random.default_rng(seed))
    model = lightgbm.LGBMModel(
        objective="rank_xendcg" if ranking else "binary",
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
    groups = np.full(len(features) // (negatives + 1), negatives + 1) if ranking else None
    model.fit(features, friends.astype(np.int8), group=groups)
    return model.predict(pair_features(graph, pairs), raw_score=True)
