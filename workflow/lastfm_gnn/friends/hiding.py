"""Friendships hidden from a training graph, to teach a model on what it will be asked."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from lastfm_gnn.core.program import InputError
from lastfm_gnn.data.friendships import FriendGraph
from lastfm_gnn.friends.splits import hide


@dataclass(frozen=True)
class HidingSettings:
    """Of every model that learns from hidden friendships. folds: how often some are hidden; share: how many of them,
    each time; negatives: random others beside a hidden friend."""

    folds: int
    share: float
    negatives: int


def rounds(
    graph: FriendGraph, settings: HidingSettings, random: np.random.Generator
) -> Iterator[tuple[FriendGraph, sp.csr_array]]:
    """`folds` times: the graph without a random share of its friendships, and those (N, N), both ways.

    They are hidden as the split hides the tested ones: everybody keeps a friend. No message, count or degree of the
    first knows of the second.
    """
    n = len(graph.degree)
    upper = sp.triu(graph.adjacency).tocoo()
    edges = np.column_stack([upper.row, upper.col])
    for _ in range(settings.folds):
        hidden, left = hide(edges, n, [int(settings.share * len(edges))], random)
        if not len(hidden):
            raise InputError(
                f"none of {len(edges)} training friendships can be hidden to learn from; give more friends, or take"
                " models that learn out of the config (leaderboard: friends: models)"
            )
        shown = pd.DataFrame(edges[left], columns=["user_id", "friend_id"])
        one_way = sp.coo_array((np.ones(len(hidden)), edges[hidden].T), (n, n))
        yield FriendGraph(np.arange(n), shown), (one_way + one_way.T).tocsr()


def blocks(pairs: np.ndarray, size: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """For every `size` first users of pairs (P, 2): those (b,), the places of their pairs (p,), and of each of these
    its first user's number in the block (p,)."""
    users, column = np.unique(pairs[:, 0], return_inverse=True)
    order = np.argsort(column, kind="stable")
    for start in range(0, len(users), size):
        rows = order[slice(*np.searchsorted(column[order], [start, start + size]))]
        yield users[start : start + size], rows, column[rows] - start
