"""LightGBM on everything that the walk network is given, messages included: those of fixed features.

Of a pair: common friends, how the second looks from the first (walks, PageRank, both ends' degrees, clustering and
friends' degrees), and how the second's friends look from there and the first's friends from the second, in mean and
in symmetric sum. What the network learns to send before friends are averaged is all that trees cannot do.
"""

import numpy as np
import torch

from lastfm_gnn.core.places import product_at
from lastfm_gnn.data.friendships import FriendGraph
from lastfm_gnn.friends.hiding import blocks
from lastfm_gnn.friends.problem import FriendProblem
from lastfm_gnn.friends.trees import TreeSettings, features_room, tree_scores
from lastfm_gnn.friends.views import View

BLOCK = 64
USER = 40_000  # bytes of how a user looks from those of a block, while it is made
FEATURES = 70
SENT = slice(1, 14)  # of a look: without the start and the first user's own facts, alike for all friends


Settings = TreeSettings


def pair_features(graph: FriendGraph, pairs: np.ndarray) -> np.ndarray:
    """(P, 70) float32 for pairs (P, 2): 2 counts, 16 of the look, 26 of either end's friends."""
    view, first, second = View(graph), *pairs.T
    common = product_at(graph.adjacency, graph.adjacency, first, second)
    either = graph.degree[first] + graph.degree[second] - common
    features = np.empty((len(pairs), FEATURES), dtype=np.float32)
    features[:, 0], features[:, 1] = common, common / np.maximum(either, 1)
    messages = view.messages(np.arange(len(graph.degree)))
    # every user is looked from once: pairs (u, v) take u's look at v, and v's at the friends of u
    ends = np.concatenate([pairs, pairs[:, ::-1]])
    for users, places, column in blocks(ends, BLOCK):
        look = view.look(users)
        n, b, _ = look.shape
        received = (messages @ look[:, :, SENT].reshape(n, -1)).view(2, n, b, -1)
        there = torch.from_numpy(ends[places, 1].astype(np.int64)), torch.from_numpy(column)
        of_friends = torch.cat([*received[:, *there]], dim=1).numpy()
        own = places < len(pairs)
        features[places[own], 2:18] = look[there][own, 1:].numpy()
        features[places[own], 18:44] = of_friends[own]
        features[places[~own] - len(pairs), 44:] = of_friends[~own]
    return features


def fit(problem: FriendProblem, settings: Settings, seed: int) -> np.ndarray:
    """Raw scores (P,): how likely the second is a friend of the first.

    Memory grows with N, pairs and queries, time with friendships · (users in pairs + queries). Raises InputError
    where that does not fit."""
    problem.expect_room(USER * len(problem.graph.degree) + features_room(problem, settings, FEATURES))
    return tree_scores(pair_features, problem, settings, seed)
