"""Second stage: oblivious trees (CatBoost, Prokhorenkova et al., 2018) on the inputs of boosted_trees."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch
from catboost import CatBoostRegressor
from torch import Tensor

from lastfm_gnn.liking.problem import Fitted, LikingProblem
from lastfm_gnn.liking.trees import PATIENCE, ROUNDS, Rows, fit_trees


@dataclass(frozen=True)
class Settings:
    """penalty: of the squares of the leaves' values; features: share of the features that a split is chosen from."""

    learning_rate: float
    depth: int
    penalty: float
    features: float
    members: int


def save(trees: CatBoostRegressor) -> Tensor:
    """The bytes of CatBoost's own file."""
    with tempfile.TemporaryDirectory() as folder:
        trees.save_model(path := f"{folder}/trees.cbm")
        return torch.frombuffer(bytearray(Path(path).read_bytes()), dtype=torch.uint8)


def load(kept: Tensor) -> CatBoostRegressor:
    return CatBoostRegressor().load_model(blob=kept.numpy().tobytes())


def fit(problem: LikingProblem, settings: Settings, seed: int, trained: dict | None = None) -> Fitted:
    """trained: the trees of an earlier fit, to be used as they are. Memory and time grow as fit_trees says."""

    def grow(train: Rows, valid: Rows, number: int) -> CatBoostRegressor:
        trees = CatBoostRegressor(
            loss_function="RMSE",
            iterations=ROUNDS,
            learning_rate=settings.learning_rate,
            depth=settings.depth,
            l2_leaf_reg=settings.penalty,
            rsm=settings.features,
            random_seed=number,
            thread_count=1,
            early_stopping_rounds=PATIENCE,
            allow_writing_files=False,
            verbose=False,
        )
        return trees.fit(
            train.columns, train.residuals, sample_weight=train.weights, eval_set=(valid.columns, valid.residuals)
        )

    return fit_trees(grow, save, load, problem, seed, settings.members, trained)
