"""Boosted trees (LightGBM, Ke et al., 2017) that rank hidden friends by features of pairs of users."""

from collections.abc import Callable
from dataclasses import dataclass

import lightgbm
import numpy as np
import scipy.sparse as sp

from lastfm_gnn.core.members import mean_of_members
from lastfm_gnn.core.places import holds
from lastfm_gnn.data.friendships import FriendGraph
from lastfm_gnn.friends.hiding import HidingSettings, rounds
from lastfm_gnn.friends.problem import FriendProblem

PairFeatures = Callable[[FriendGraph, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class TreeSettings(HidingSettings):
    """queries: at most so many hidden friends of each fold are learned from; least_pairs: in a leaf; members:
    forests, whose mean counts."""

    trees: int
    leaves: int
    learning_rate: float
    least_pairs: int
    queries: int
    members: int


def training_features(
    pair_features: PairFeatures, graph: FriendGraph, settings: TreeSettings, random: np.random.Generator
) -> np.ndarray:
    """Features (Q · (1 + negatives), F): each hidden friend before `negatives` random others who are no friends.

    Of each fold at most `queries` hidden friends, each seen from one end, are taken at random: the rows would fill
    the memory. Features are those of the graph that the friend is hidden from.
    """
    n, negatives = len(graph.degree), settings.negatives
    known = graph.adjacency.astype(bool) + sp.eye_array(n, dtype=bool, format="csr")
    friend_of_all = np.diff(known.indptr) == n
    pairs = np.sort(np.repeat(np.arange(n), np.diff(known.indptr)) * n + known.indices)  # both users as one number
    features = []
    for shown, hidden in rounds(graph, settings, random):
        user, friend = hidden.nonzero()
        strangers = ~friend_of_all[user]  # who is a friend of everybody has none to learn from
        user, friend = user[strangers], friend[strangers]
        taken = random.permutation(len(user))[: settings.queries]
        user, friend = user[taken], friend[taken]
        others = random.integers(n, size=(len(user), negatives))
        while (odd := holds(pairs, user[:, None].astype(np.int64) * n + others)).any():
            others[odd] = random.integers(n, size=odd.sum())
        candidates = np.column_stack([friend, others])
        features.append(pair_features(shown, np.column_stack([np.repeat(user, negatives + 1), candidates.ravel()])))
    return np.concatenate(features)


def features_room(problem: FriendProblem, settings: TreeSettings, columns: int) -> float:
    """Bytes of the float32 features of the pairs and of those that are learned from, which are held twice."""
    learned = settings.folds * settings.queries * (settings.negatives + 1)
    return 4 * columns * (len(problem.pairs) + 2 * learned)


def tree_scores(pair_features: PairFeatures, problem: FriendProblem, settings: TreeSettings, seed: int) -> np.ndarray:
    """Raw scores (P,), the mean of so many forests'."""
    features = pair_features(problem.graph, problem.pairs)
    return mean_of_members(
        lambda number: predict(fit_forest(pair_features, problem.graph, settings, number), features),
        seed,
        settings.members,
    )


def predict(forest: lightgbm.LGBMModel, features: np.ndarray) -> np.ndarray:
    return np.asarray(forest.predict(features, raw_score=True))


def fit_forest(
    pair_features: PairFeatures, graph: FriendGraph, settings: TreeSettings, seed: int
) -> lightgbm.LGBMModel:
    """By a softmax loss a hidden friend (XE-NDCG: Bruch, 2021)."""
    features = training_features(pair_features, graph, settings, np.random.default_rng(seed))
    candidates = settings.negatives + 1
    is_friend = np.arange(len(features)) % candidates == 0
    model = lightgbm.LGBMModel(
        objective="rank_xendcg",
        n_estimators=settings.trees,
        num_leaves=settings.leaves,
        learning_rate=settings.learning_rate,
        min_child_samples=settings.least_pairs,
        subsample=0.7,
        subsample_freq=1,
        colsample_bytree=0.6,
        random_state=seed,
        n_jobs=1,
        verbose=-1,
    )
    return model.fit(features, is_friend.astype(np.int8), group=np.full(len(features) // candidates, candidates))
