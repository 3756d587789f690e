"""Made-up listens of users and artists of two kinds, and a small setting of every ranking model."""

from importlib import import_module

import numpy as np
import scipy.sparse as sp

from lastfm_gnn.data.listens import Side
from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.scores import by_step

RANKER = {
    **{"candidates": 20, "folds": 5, "hidden": 4, "dropout": 0.1, "learning_rate": 0.01, "weight_decay": 0.01},
    **{"epochs": 20, "members": 1},
}
MODELS = {
    "popularity": {},
    "rp3beta": {"exponent": 1, "popularity": 0.2},
    "user_knn": {"neighbours": 10, "damping": 0.25, "exponent": 1},
    "slim": {"lasso": 0.05, "ridge": 1, "damping": 0.25, "popularity": 0.1, "neighbours": 30},
    "multivae": {
        **{"hidden": 16, "latent": 4, "dropout": 0.2, "learning_rate": 0.01, "divergence": 0.1, "epochs": 60},
    },
    "xsimgcl": {
        **{"dimensions": 8, "layers": 2, "learning_rate": 0.05, "weight_decay": 0.001, "steps": 60, "noise": 0.1},
        **{"temperature": 0.2, "contrast_weight": 0.1},
    },
    "rival_ranker": RANKER,
    "lambda_rank": {
        **{"candidates": 20, "folds": 5, "trees": 20, "leaves": 4, "learning_rate": 0.1, "smallest_leaf": 20},
        **{"features": 0.8, "members": 1},
    },
    "item_knn": {"neighbours": 10, "shrinkage": 1, "exponent": 1},
    "als": {"factors": 4, "regularisation": 1, "confidence": 5, "sweeps": 5},
    "bpr": {"factors": 4, "learning_rate": 0.05, "regularisation": 0.01, "epochs": 100},
    "ease": {"ridge": 5, "damping": 0.25, "popularity": 0.1},
    "lightgcn": {"dimensions": 8, "layers": 2, "learning_rate": 0.05, "weight_decay": 0.001, "steps": 60},
    "ease_side": {
        **{"ridge": 5, "damping": 0.25, "popularity": 0.1, "friends": 0.05, "tags": 0.3, "own": 0.3},
    },
    "graph_filter": {"cut": 4, "order": 2, "damping": 0.25, "popularity": 0.1, "friends": 0.1},
    "walk_ranker": RANKER,
    "mixed_ranker": RANKER,
}


NO_SIDE = Side(sp.csr_array((1, 1)), *np.zeros((4, 0), dtype=int))


def make_listens() -> sp.csr_array:
    """(80, 120): users and artists of two kinds; one of a kind is heard by their own kind nine times in ten."""
    random = np.random.default_rng(0)
    alike = np.arange(80)[:, None] % 2 == np.arange(120) % 2
    heard = random.random((80, 120)) < np.where(alike, 0.18, 0.02)
    heard[0] = False  # someone of whom nothing is known
    return sp.csr_array(heard * random.integers(1, 1000, heard.shape).astype(np.float32))


def make_side(listens: sp.csr_array) -> Side:
    random = np.random.default_rng(1)
    friends = random.random((80, 80)) < 0.05
    friends = np.triu(friends, 1)
    tag_user, tag_artist = (np.concatenate([one, random.integers(0, n, 100)]) for one, n in
                            zip(np.array(listens.nonzero())[:, ::3], listens.shape, strict=True))  # fmt: skip
    tag = (tag_artist + random.integers(0, 3, len(tag_artist))) % 7
    return Side(
        sp.csr_array((friends | friends.T).astype(np.float32)), tag_user, tag_artist, tag, np.zeros(len(tag), int)
    )


def scores(model, listens, side=None, league="listens"):
    module = import_module(f"lastfm_gnn.ranking.models.{model}")
    fitted = module.fit(RankingProblem(listens, side, league), module.Settings(**MODELS[model]), 0)
    *_, (_, scored) = by_step(fitted)  # the last step
    scored = scored[:]
    assert scored.shape == listens.shape and np.isfinite(scored).all()
    return scored
