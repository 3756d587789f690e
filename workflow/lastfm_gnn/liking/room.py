"""Whether the features of pairs have room, before any is made: what trees and networks of liking scores need most."""

import numpy as np

from lastfm_gnn.liking.context import FOLDS
from lastfm_gnn.liking.problem import LikingProblem

# Measured at 93 and 164 thousand listens.
NEIGHBOUR = 150  # bytes of an edge next to a pair
KERNELS = 5  # arrays (U, U) of float32 at once: both of Context.user_cosines, and what they are made of


def around(numbers: np.ndarray, asked: np.ndarray, count: int) -> int:
    """How many of `numbers` are one of those that are `asked`, each as often as it is asked."""
    return int(np.bincount(numbers, minlength=count)[asked].sum())


def expect_features(problem: LikingProblem, listen: int) -> None:
    """For models that see features of pairs, and hold so many bytes a listen beside. Raises InputError where these do
    not fit into the memory that is free."""
    train, valid = problem.train, problem.valid
    by_user = around(train.user, train.user, problem.users)
    neighbours = (by_user + around(train.artist, train.artist, problem.artists)) / FOLDS  # of a fold's pairs
    if valid:
        of_valid = (train.user, valid.user, problem.users), (train.artist, valid.artist, problem.artists)
        neighbours = max(neighbours, sum(around(*arrays) for arrays in of_valid))
    problem.expect_room(4 * KERNELS * problem.users**2 + NEIGHBOUR * neighbours + listen * len(train))
