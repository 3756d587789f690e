"""The mean of several fits of one model."""

from collections.abc import Callable

import numpy as np


def mean_of_members(fit: Callable[[int], np.ndarray], seed: int, members: int) -> np.ndarray:
    """The mean of what `fit` gives for `members` seeds of its own; a single member has `seed` itself."""
    return np.mean([fit(number) for number in range(seed * members, (seed + 1) * members)], axis=0)
