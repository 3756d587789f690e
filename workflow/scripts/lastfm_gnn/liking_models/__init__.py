"""One model of liking scores per file, rivals and graph models alike: fit(problem, seed, ...) -> Fitted."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from lastfm_gnn.listen_data import Pairs, Side


@dataclass(frozen=True)
class LikingProblem:
    """users, artists: how many. train and valid have their scores; side: None in the league of scores alone."""

    users: int
    artists: int
    train: Pairs
    valid: Pairs
    side: Side | None


@dataclass(frozen=True)
class Fitted:
    """predict: liking (n,) of pairs; each pair's is the same whatever else is asked for. history: a row an epoch."""

    predict: Callable[[Pairs], np.ndarray]
    history: list[dict] = field(default_factory=list)
