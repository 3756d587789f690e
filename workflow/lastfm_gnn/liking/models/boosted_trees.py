"""Second stage: gradient-boosted trees (LightGBM) on all statistics and kernels that the networks get of a pair."""

from dataclasses import dataclass

import lightgbm

from lastfm_gnn.liking.problem import Fitted, LikingProblem
from lastfm_gnn.liking.trees import PATIENCE, ROUNDS, Rows, fit_trees


@dataclass(frozen=True)
class Settings:
    """features: share of the features that a tree sees."""

    learning_rate: float
    leaves: int
    smallest_leaf: int
    features: float
    members: int


def fit(problem: LikingProblem, settings: Settings, seed: int, trained: dict | None = None) -> Fitted:
    """trained: the trees of an earlier fit, to be used as they are. Memory and time grow as fit_trees says."""

    def grow(train: Rows, valid: Rows, number: int) -> lightgbm.Booster:
        parameters = {
            "objective": "l2",
            "learning_rate": settings.learning_rate,
            "num_leaves": settings.leaves,
            "min_data_in_leaf": settings.smallest_leaf,
            "feature_fraction": settings.features,
            "bagging_fraction": 0.7,
            "bagging_freq": 1,
            "lambda_l2": 5,
            "seed": number,
            "deterministic": True,
            "num_threads": 1,
            "verbose": -1,
        }
        known = lightgbm.Dataset(train.columns, train.residuals, weight=train.weights)
        held_out = lightgbm.Dataset(valid.columns, valid.residuals, reference=known)
        stop = lightgbm.early_stopping(PATIENCE, verbose=False)
        return lightgbm.train(parameters, known, ROUNDS, valid_sets=[held_out], callbacks=[stop])

    def save(trees: lightgbm.Booster) -> str:
        return trees.model_to_string()

    def load(text: str) -> lightgbm.Booster:
        return lightgbm.Booster(model_str=text)

    return fit_trees(grow, save, load, problem, seed, settings.members, trained)
