"""Several fits of one model, each with a seed of its own."""

from collections.abc import Callable

import numpy as np


def member_seeds(seed: int, members: int) -> range:
    """Seeds of `members` fits, which no other seed's share; a single member has `seed` itself."""
    return range(seed * members, (seed + 1) * members)


def mean_of_members(fit: Callable[[int], np.ndarray], seed: int, members: int) -> np.ndarray:
    """The mean of what `fit` gives for the seeds of the members."""
    return np.stack([fit(number) for number in member_seeds(seed, members)]).mean(0)
