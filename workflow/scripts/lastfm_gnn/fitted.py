"""The record of a model of users that is fitted, not trained: trials.csv and run.json."""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sp

from lastfm_gnn.files import sha256, whole, write_json
from lastfm_gnn.git import git_commit
from lastfm_gnn.user_data import Part


def join(first: Part, second: Part) -> Part:
    """Two parts with likes as one."""
    return Part(np.concatenate([first.rows, second.rows]), likes=sp.vstack([first.likes, second.likes]).tocsr())


def write_fitted(
    folder: Path,
    model: str,
    features: str,
    chosen: dict,
    trials: list[dict],
    best: int,
    inputs: list[Path],
    started: float,
) -> None:
    """trials: settings and valid_<metric> of each; `started` is time.time() at the run's start."""
    with whole(folder / "trials.csv") as temporary:
        pd.DataFrame(trials).to_csv(temporary, index_label="trial")
    valid = {name.removeprefix("valid_"): value for name, value in trials[best].items() if name.startswith("valid_")}
    write_json(
        folder / "run.json",
        {
            "settings": {"protocol": "strict", "features": features, "variant": model, **chosen},
            "valid": valid,
            "trials": len(trials),
            "data_sha256": {path.name: sha256(path) for path in inputs},
            "git_commit": git_commit(),
            "started": started,
            "seconds": time.time() - started,
        },
    )
    print(f"{model}: {chosen}, {valid} on validation, the best of {len(trials)}")
