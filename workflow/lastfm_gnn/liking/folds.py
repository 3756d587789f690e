"""What models of liking scores learn from: folds of the training pairs, and validation pairs for early stopping.

The features of a fold's pairs come from the other folds alone. So training looks like testing: a statistic that holds
its own target is a leak that only training sees.
"""

from collections.abc import Iterator

import numpy as np

from lastfm_gnn.data.listens import ScoredPairs

FOLDS = 10
LEARNT = 1 << 18  # training pairs that a model learns from, at most
VALIDATED = 1 << 16  # validation pairs used for early stopping, at most


def fold_count(pairs: int) -> int:
    """How many folds it takes to have LEARNT hidden pairs, or all."""
    return min(FOLDS, -(-FOLDS * LEARNT // max(1, pairs)))


def folds(train: ScoredPairs, seed: int) -> Iterator[tuple[ScoredPairs, ScoredPairs]]:
    """Each of fold_count random folds of the training pairs, or its part of LEARNT pairs, after the pairs outside the
    fold."""
    place = np.random.default_rng(seed).permutation(len(train))
    count = fold_count(len(train))
    learnt = place < FOLDS * LEARNT // count
    for number in range(count):
        inside = place % FOLDS == number
        yield train.take(~inside), train.take(inside & learnt)


def some_validation(valid: ScoredPairs) -> ScoredPairs:
    """The validation pairs used for early stopping: VALIDATED random ones, or all."""
    if len(valid) <= VALIDATED:
        return valid
    return valid.take(np.sort(np.random.default_rng(0).permutation(len(valid))[:VALIDATED]))
