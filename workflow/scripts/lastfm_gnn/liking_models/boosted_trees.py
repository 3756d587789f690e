"""Rival: gradient-boosted trees (LightGBM) on all that the networks are told of a pair, kernels and all."""

import lightgbm
import numpy as np

from lastfm_gnn.liking_context import Context, folds
from lastfm_gnn.liking_features import pair_features
from lastfm_gnn.liking_models import Fitted, LikingProblem
from lastfm_gnn.liking_side import SideContext
from lastfm_gnn.listen_data import Pairs

ROUNDS, PATIENCE = 2000, 80  # at most so many trees; so many without a better validation error end it


def fit(
    problem: LikingProblem, seed: int, learning_rate: float, leaves: int, smallest_leaf: int, features: float
) -> Fitted:
    """features: share of the features that a tree sees. Trees predict what the biases leave, by weighted squares."""

    def told(edges: Pairs, pairs: Pairs) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        context = Context.of(problem.users, problem.artists, edges, problem.side)
        found = pair_features(context, SideContext(context) if context.side else None, pairs)
        return np.column_stack([found.statistics, found.spread, found.propagated]), found.base, found.weight

    inputs, residuals, weights = [], [], []
    for known, hidden in folds(problem.train, seed):
        found, base, weight = told(known, hidden)
        inputs.append(found)
        residuals.append(hidden.liking - base)
        weights.append(weight)
    train = lightgbm.Dataset(np.concatenate(inputs), np.concatenate(residuals), weight=np.concatenate(weights))
    found, base, _ = told(problem.train, problem.valid)
    valid = lightgbm.Dataset(found, problem.valid.liking - base, reference=train)
    settings = {
        "objective": "l2",
        "learning_rate": learning_rate,
        "num_leaves": leaves,
        "min_data_in_leaf": smallest_leaf,
        "feature_fraction": features,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "lambda_l2": 5,
        "seed": seed,
        "deterministic": True,
        "num_threads": 1,
        "verbose": -1,
    }
    stop = lightgbm.early_stopping(PATIENCE, verbose=False)
    trees = lightgbm.train(settings, train, ROUNDS, valid_sets=[valid], callbacks=[stop])

    def predict(pairs: Pairs) -> np.ndarray:
        found, base, _ = told(problem.train, pairs)
        return base + trees.predict(found)

    return Fitted(predict)
