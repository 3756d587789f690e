"""A liking problem of the tiny data set, and small settings of every model."""

from importlib import import_module
from tempfile import TemporaryDirectory

import pandas as pd

import make_splits
from lastfm_gnn.data.listens import ListenData
from lastfm_gnn.liking.problem import LikingProblem

NETWORK = {"hidden": 8, "dropout": 0.1, "steps": 20, "learning_rate": 0.01, "weight_decay": 0.01, "members": 2}
MODELS = {
    "bias": {"user_shrinkage": 1, "artist_shrinkage": 2},
    "matrix_factorisation": {"user_shrinkage": 1, "artist_shrinkage": 2, "dimensions": 2, "penalty": 1},
    "item_knn": {"user_shrinkage": 1, "artist_shrinkage": 2, "neighbours": 30, "shrinkage": 1},
    "factorisation_machine": {
        **{"dimensions": 2, "bias_penalty": 2, "penalty": 2, "learning_rate": 0.02, "steps": 60, "members": 2}
    },
    "boosted_trees": {"learning_rate": 0.1, "leaves": 4, "smallest_leaf": 10, "features": 0.5, "members": 2},
    "catboost": {"learning_rate": 0.1, "depth": 2, "penalty": 3, "features": 0.5, "members": 2},
    "sage": NETWORK | {"width": 4, "rounds": 2, "kernels": 1},
    "gated_gcn": NETWORK | {"width": 4, "rounds": 1, "kernels": 1},
    "table1_augmentation": {
        **{"hidden": 4, "epochs": 3, "batch_size": 64, "learning_rate": 0.01, "weight_decay": 0.01, "decay": 0.9},
        "members": 2,
    },
    "edge_network": NETWORK | {"width": 4, "rounds": 1, "heads": 2, "kernels": 1},
}


def liking_problem(tables, league):
    """Of a strict split of the tables in a folder, with side information in the league side."""
    data = ListenData(tables / "users.parquet", tables / "artists.parquet", 0)
    side = data.side(tables / "friends.parquet", tables / "tag_assignments.parquet") if league == "side" else None
    with TemporaryDirectory() as split:
        listens = f"--listens={tables}/listens.parquet"
        make_splits.main([listens, "--protocol=strict", "--seed=0", f"--output-folder={split}"])
        train, valid = (data.scored_pairs(pd.read_parquet(f"{split}/{part}.parquet")) for part in ("train", "valid"))
    return LikingProblem(len(data.users), len(data.artists), train, valid, side)


def fit(problem, model):
    module = import_module(f"lastfm_gnn.liking.models.{model}")
    return module.fit(problem, module.Settings(**MODELS[model]), 0)
