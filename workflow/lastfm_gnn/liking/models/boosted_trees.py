"""Second stage: gradient-boosted trees (LightGBM) on all statistics and kernels that the networks get of a pair."""

import lightgbm

from lastfm_gnn.liking.problem import Fitted, LikingProblem
from lastfm_gnn.liking.trees import PATIENCE, ROUNDS, Rows, fit_trees


def fit(
    problem: LikingProblem,
    seed: int,
    learning_rate: float,
    leaves: int,
    smallest_leaf: int,
    features: float,
    members: int,
    trained: dict | None = None,
) -> Fitted:
    """features: share of the features that a tree sees."""

    def grow(train: Rows, valid: Rows, number: int) -> lightgbm.Booster:
        settings = {
            "objective": "l2",
            "learning_rate": learning_rate,
            "num_leaves": leaves,
            "min_data_in_leaf": smallest_leaf,
            "feature_fraction": features,
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
        return lightgbm.train(settings, known, ROUNDS, valid_sets=[held_out], callbacks=[stop])

    def load(text: str) -> lightgbm.Booster:
        return lightgbm.Booster(model_str=text)

    return fit_trees(grow, lightgbm.Booster.model_to_string, load, problem, seed, members, trained)
