"""LightGBM on the counts of users at distances (d, e) from both ends: the subgraph features of BUDDY.

Chamberlain et al. (ICLR 2023, section 4) estimate these counts by sketches and give them to an MLP; on graphs of this
size they are exact. Labels of distances to both ends are what SEAL (Zhang and Chen, 2018) reads from subgraphs.
"""

import itertools

import numpy as np

from lastfm_gnn.data.friendships import FriendGraph
from lastfm_gnn.friends.problem import FriendProblem
from lastfm_gnn.friends.trees import TreeSettings, features_room, tree_scores

HOPS = 3
FEATURES = HOPS * HOPS + 4 * HOPS + 1
BLOCK = 1 << 15
ROWS = 1 << 10  # users whose shells are made at a time
USER = 30_000  # bytes of a user in a block of either kind


Settings = TreeSettings


def shells(graph: FriendGraph) -> tuple[np.ndarray, np.ndarray]:
    """(3, N, N / 64) bits of whether two users are at a distance of exactly 1, 2 and 3; and how many are, (3, N)."""
    adjacency = graph.adjacency.astype(np.float32)
    n = len(graph.degree)
    packed, sizes = np.zeros((HOPS, n, -(-n // 64) * 8), dtype=np.uint8), np.empty((HOPS, n), dtype=np.int32)
    for start in range(0, n, ROWS):
        rows = slice(start, min(start + ROWS, n))
        seen = np.eye(n, rows.stop - start, -start, dtype=bool)  # (N, rows)
        reached = seen
        for hop in range(HOPS):
            reached = (adjacency @ reached.astype(np.float32) > 0) & ~seen
            seen = seen | reached
            packed[hop, rows, : -(-n // 8)] = np.packbits(np.ascontiguousarray(reached.T), axis=1)
            sizes[hop, rows] = reached.sum(0)
    return packed.view(np.uint64), sizes


def pair_features(graph: FriendGraph, pairs: np.ndarray) -> np.ndarray:
    """(P, 22) float32 for pairs (P, 2). Log counts of users at distances d and e of the ends, each 1 to 3 (9); at d
    from one end and farther than 3 from the other (3 an end); at d of each end (3 an end). Last 1 / distance of the
    ends, 0 beyond 3.
    """
    packed, sizes = shells(graph)
    octets = packed.view(np.uint8)
    features = np.empty((len(pairs), FEATURES), dtype=np.float32)
    for start in range(0, len(pairs), BLOCK):
        first, second = pairs[start : start + BLOCK].T
        counts = np.empty((HOPS, HOPS, len(first)), dtype=np.int32)
        of_second = [shell[second] for shell in packed]
        for d, e in itertools.product(range(HOPS), repeat=2):
            both = packed[d][first] & of_second[e]
            counts[d, e] = np.bitwise_count(both).sum(1, dtype=np.int32)
        # the other end itself is in one shell, and at distance 0 of itself
        apart = octets[:, first, second // 8] >> (7 - second % 8).astype(np.uint8) & 1
        beyond = [sizes[:, first] - counts.sum(1) - apart, sizes[:, second] - counts.sum(0) - apart]
        parts = [counts.reshape(-1, len(first)), *beyond, sizes[:, first], sizes[:, second]]
        inverse = (apart / np.arange(1, HOPS + 1)[:, None]).sum(0)
        features[start : start + BLOCK] = np.vstack([np.log1p(np.vstack(parts)), inverse]).T
    return features


def fit(problem: FriendProblem, settings: Settings, seed: int) -> np.ndarray:
    """Raw scores (P,): how likely the second is a friend of the first.

    Memory grows with N² bits and with pairs and queries, time with N · friendships and pairs · N. Raises InputError
    where that does not fit."""
    users = len(problem.graph.degree)
    problem.expect_room(users * (HOPS / 8 * users + USER) + features_room(problem, settings, FEATURES))
    return tree_scores(pair_features, problem, settings, seed)
