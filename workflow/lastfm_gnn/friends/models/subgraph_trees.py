"""LightGBM on the counts of users at distances (d, e) from both ends: the subgraph features of BUDDY.

Chamberlain et al. (ICLR 2023, section 4) estimate these counts by sketches and give them to an MLP; on graphs of this
size they are exact. Labels of distances to both ends are what SEAL (Zhang and Chen, 2018) reads from subgraphs.
"""

import itertools

import numpy as np

from lastfm_gnn.data.friendships import FriendGraph
from lastfm_gnn.friends.problem import FriendProblem
from lastfm_gnn.friends.trees import TreeSettings, tree_scores

HOPS = 3
BLOCK = 1 << 15


Settings = TreeSettings


def shells(graph: FriendGraph) -> np.ndarray:
    """(3, N, N) bool: whether two users are at a distance of exactly 1, 2 and 3."""
    adjacency = graph.adjacency.astype(np.float32)
    seen = np.eye(len(graph.degree), dtype=bool)
    reached, shells = seen, []
    for _ in range(HOPS):
        reached = (adjacency @ reached.astype(np.float32) > 0) & ~seen
        seen = seen | reached
        shells.append(reached)
    return np.stack(shells)


def pair_features(graph: FriendGraph, pairs: np.ndarray) -> np.ndarray:
    """(P, 22) float32 for pairs (P, 2). Log counts of users at distances d and e of the ends, each 1 to 3 (9); at d
    from one end and farther than 3 from the other (3 an end); at d of each end (3 an end). Last 1 / distance of the
    ends, 0 beyond 3.
    """
    near = shells(graph)
    packed = np.packbits(near, axis=2)
    packed = np.pad(packed, [(0, 0), (0, 0), (0, -packed.shape[2] % 8)]).view(np.uint64)
    sizes = near.sum(2, dtype=np.int32)
    features = np.empty((len(pairs), HOPS * HOPS + 4 * HOPS + 1), dtype=np.float32)
    for start in range(0, len(pairs), BLOCK):
        first, second = pairs[start : start + BLOCK].T
        counts = np.empty((HOPS, HOPS, len(first)), dtype=np.int32)
        of_second = [shell[second] for shell in packed]
        for d, e in itertools.product(range(HOPS), repeat=2):
            both = packed[d][first] & of_second[e]
            counts[d, e] = np.bitwise_count(both).sum(1, dtype=np.int32)
        apart = near[:, first, second]  # the other end itself is in one shell, and at distance 0 of itself
        beyond = [sizes[:, first] - counts.sum(1) - apart, sizes[:, second] - counts.sum(0) - apart]
        parts = [counts.reshape(-1, len(first)), *beyond, sizes[:, first], sizes[:, second]]
        inverse = (apart / np.arange(1, HOPS + 1)[:, None]).sum(0)
        features[start : start + BLOCK] = np.vstack([np.log1p(np.vstack(parts)), inverse]).T
    return features


def fit(problem: FriendProblem, settings: Settings, seed: int) -> np.ndarray:
    """Raw scores (P,): how likely the second is a friend of the first."""
    return tree_scores(pair_features, problem, settings, seed)
