"""Second stage: boosted trees that rank (LambdaRank: Burges, 2010; LightGBM), on the rival ranker's candidates,
features and hidden edges."""

from dataclasses import dataclass
from functools import reduce

import lightgbm
import numpy as np

from lastfm_gnn.core.members import member_seeds
from lastfm_gnn.ranking.lists import of_candidates
from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.rivals import rival_lists
from lastfm_gnn.ranking.scores import Steps

EVERY = 50  # trees between two scores


@dataclass(frozen=True)
class Settings:
    """features: the share of the features that a tree sees; members: forests, whose mean counts."""

    candidates: int
    folds: int
    trees: int
    leaves: int
    learning_rate: float
    smallest_leaf: int
    features: float
    members: int


def fit(problem: RankingProblem, settings: Settings, seed: int) -> Steps:
    """Yields (number of trees, (U, A)): the mean of the forests' scores."""
    lists = rival_lists(problem, False, seed, settings.candidates, settings.folds)
    features = lists.features.reshape(-1, lists.features.shape[2])
    forests = [
        train(lists.inputs, lists.targets, settings, number) for number in member_seeds(seed, settings.members)
    ]
    for count in [*range(EVERY, settings.trees, EVERY), settings.trees]:
        scores = [np.asarray(forest.predict(features, num_iteration=count)) for forest in forests]
        mean = reduce(np.add, scores) / settings.members
        yield count, of_candidates(lists.candidates, mean.reshape(lists.candidates.shape), problem.listens.shape[1])


def train(inputs: np.ndarray, targets: np.ndarray, settings: Settings, seed: int) -> lightgbm.Booster:
    """From lists (L, C, F), of which targets (L, C) are hidden."""
    lists, length, width = inputs.shape
    data = lightgbm.Dataset(inputs.reshape(-1, width), targets.ravel().astype(np.int32), group=np.full(lists, length))
    parameters = {
        "objective": "lambdarank",
        "lambdarank_truncation_level": 20,
        "num_leaves": settings.leaves,
        "learning_rate": settings.learning_rate,
        "min_data_in_leaf": settings.smallest_leaf,
        "feature_fraction": settings.features,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "seed": seed,
        "deterministic": True,
        "num_threads": 1,
        "verbose": -1,
    }
    return lightgbm.train(parameters, data, settings.trees)
