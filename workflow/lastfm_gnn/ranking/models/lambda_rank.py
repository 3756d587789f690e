"""Second stage: boosted trees that rank (LambdaRank: Burges, 2010; LightGBM), on the rival ranker's candidates,
features and hidden edges."""

from collections.abc import Iterator
from functools import partial

import lightgbm
import numpy as np
import scipy.sparse as sp

from lastfm_gnn.core.members import member_seeds
from lastfm_gnn.data.listens import Side
from lastfm_gnn.ranking.learning import hidden_lists, spread_out
from lastfm_gnn.ranking.rivals import describe

EVERY = 50  # trees between two scores


def scores(
    listens: sp.csr_array,
    side: Side | None,
    league: str,
    seed: int,
    candidates: int,
    folds: int,
    trees: int,
    leaves: int,
    learning_rate: float,
    smallest_leaf: int,
    features: float,
    members: int,
) -> Iterator[tuple[int, np.ndarray]]:
    """Yields (number of trees, (U, A)): the mean of so many forests' scores. features: the share of the features that
    a tree sees."""
    told = partial(describe, side=side, league=league, count=min(candidates, listens.shape[1]), walks=False)
    inputs, targets = hidden_lists(told, listens, seed, folds)
    places, found = told(listens)
    found = found.reshape(-1, found.shape[2])
    forests = [
        train(inputs, targets, number, trees, leaves, learning_rate, smallest_leaf, features)
        for number in member_seeds(seed, members)
    ]
    for count in [*range(EVERY, trees, EVERY), trees]:
        mean = sum(forest.predict(found, num_iteration=count) for forest in forests) / members
        yield count, spread_out(places, mean.reshape(places.shape), listens.shape)


def train(
    inputs: np.ndarray,
    targets: np.ndarray,
    seed: int,
    trees: int,
    leaves: int,
    learning_rate: float,
    smallest_leaf: int,
    features: float,
) -> lightgbm.Booster:
    """From lists (L, C, F), of which targets (L, C) are hidden."""
    lists, length, width = inputs.shape
    data = lightgbm.Dataset(inputs.reshape(-1, width), targets.ravel().astype(np.int32), group=np.full(lists, length))
    settings = {
        "objective": "lambdarank",
        "lambdarank_truncation_level": 20,
        "num_leaves": leaves,
        "learning_rate": learning_rate,
        "min_data_in_leaf": smallest_leaf,
        "feature_fraction": features,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "seed": seed,
        "deterministic": True,
        "num_threads": 1,
        "verbose": -1,
    }
    return lightgbm.train(settings, data, trees)
