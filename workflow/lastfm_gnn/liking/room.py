"""Whether the features of pairs have room, before any is made: what trees and networks of liking scores need most."""

from functools import lru_cache

import numpy as np

from lastfm_gnn.liking.context import DENSE_USERS, NEIGHBOURS
from lastfm_gnn.liking.features import AT_ONCE
from lastfm_gnn.liking.folds import FOLDS, LEARNT, VALIDATED, fold_count
from lastfm_gnn.liking.problem import LikingProblem

# Measured at 93 thousand to 16.4 million listens.
NEIGHBOUR = 250  # bytes of an edge next to a pair
KERNELS = 5  # arrays (U, U) of float32 at once: both of Context.user_cosines, and what they are made of
USER = 1000  # bytes of a user's vectors, with more than DENSE_USERS
LISTEN = 300  # bytes of a known listen, while features are made
KEPT = 120  # bytes of a known listen in a context


def seen(nodes: np.ndarray) -> int:
    """How many edges all edges see at one of their ends `nodes` (E,): those of the same node, NEIGHBOURS at most."""
    count = np.bincount(nodes)
    return int((count * np.minimum(count, NEIGHBOURS)).sum())


@lru_cache(maxsize=1)  # once for all settings that are tried: what the first one made is there
def expect_features(problem: LikingProblem, pair: int, graph: int = 0, step: int = 0) -> None:
    """For models that see features of pairs, and hold so many bytes a pair that is learnt from; a known listen in a
    graph, of which each fold has one, as has validation; and a known listen in a step of training. Raises InputError
    where these do not fit into the memory that is free."""
    train, users, listens = problem.train, problem.users, len(problem.train)
    neighbours = (seen(train.user) + seen(train.artist)) / FOLDS  # of a fold's pairs
    needed = NEIGHBOUR * min(neighbours, AT_ONCE)
    needed += (graph * (1 + fold_count(listens)) + KEPT + max(step, LISTEN)) * listens
    needed += pair * (min(listens, LEARNT) + min(listens // FOLDS, VALIDATED))
    problem.expect_room(needed + (USER * users if users > DENSE_USERS else 4 * KERNELS * users**2))
