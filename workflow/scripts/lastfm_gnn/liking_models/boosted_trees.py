"""Rival: gradient-boosted trees (LightGBM) on all that the networks are told of a pair, kernels and all."""

import lightgbm
import numpy as np

from lastfm_gnn.liking_context import Context, folds
from lastfm_gnn.liking_features import PairFeatures, pair_features
from lastfm_gnn.liking_models import Fitted, LikingProblem
from lastfm_gnn.liking_side import SideContext
from lastfm_gnn.listen_data import Pairs

ROUNDS, PATIENCE = 2000, 80  # at most so many trees; so many without a better validation error end it


def told(problem: LikingProblem, edges: Pairs, pairs: Pairs) -> PairFeatures:
    """What `edges` tell of `pairs`."""
    context = Context.of(problem.users, problem.artists, edges, problem.side)
    return pair_features(context, SideContext(context) if context.side else None, pairs)


def columns(found: PairFeatures) -> np.ndarray:
    return np.column_stack([found.statistics, found.spread, found.propagated])


def train(problem: LikingProblem, seed: int, settings: dict) -> lightgbm.Booster:
    """Trees of what the biases leave, by weighted squares."""
    inputs, residuals, weights = [], [], []
    for known, hidden in folds(problem.train, seed):
        found = told(problem, known, hidden)
        inputs.append(columns(found))
        residuals.append(hidden.liking - found.base)
        weights.append(found.weight)
    data = lightgbm.Dataset(np.concatenate(inputs), np.concatenate(residuals), weight=np.concatenate(weights))
    found = told(problem, problem.train, problem.valid)
    valid = lightgbm.Dataset(columns(found), problem.valid.liking - found.base, reference=data)
    settings = settings | {
        "objective": "l2",
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "lambda_l2": 5,
        "seed": seed,
        "deterministic": True,
        "num_threads": 1,
        "verbose": -1,
    }
    stop = lightgbm.early_stopping(PATIENCE, verbose=False)
    return lightgbm.train(settings, data, ROUNDS, valid_sets=[valid], callbacks=[stop])


def fit(
    problem: LikingProblem,
    seed: int,
    learning_rate: float,
    leaves: int,
    smallest_leaf: int,
    features: float,
    trained: dict | None = None,
) -> Fitted:
    """features: share of the features that a tree sees."""
    if trained:
        trees = lightgbm.Booster(model_str=trained["trees"])
    else:
        names = ("learning_rate", "num_leaves", "min_data_in_leaf", "feature_fraction")
        values = (learning_rate, leaves, smallest_leaf, features)
        trees = train(problem, seed, dict(zip(names, values, strict=True)))

    def predict(pairs: Pairs) -> np.ndarray:
        found = told(problem, problem.train, pairs)
        return found.base + trees.predict(columns(found))

    return Fitted(predict, trained={"trees": trees.model_to_string()})
