"""The record of a model that is fitted with the best of several settings: trials.csv and run.json."""

import time
from pathlib import Path

import pandas as pd

from lastfm_gnn.core.files import sha256, whole, write_json
from lastfm_gnn.core.git import git_commit
from lastfm_gnn.core.machine import machine


def write_fitted(
    folder: Path, settings: dict, trials: list[dict], best: int, inputs: list[Path], started: float
) -> None:
    """settings: what was fitted, with those chosen; trials: those tried, and valid_<metric> of each; `started` is
    time.time() at the run's start."""
    with whole(folder / "trials.csv") as temporary:
        pd.DataFrame(trials).to_csv(temporary, index_label="trial")
    valid = {name.removeprefix("valid_"): value for name, value in trials[best].items() if name.startswith("valid_")}
    write_json(
        folder / "run.json",
        {
            "settings": {"protocol": "strict", **settings},
            "valid": valid,
            "trials": len(trials),
            "data_sha256": {path.name: sha256(path) for path in inputs},
            "git_commit": git_commit(),
            "machine": machine(),
            "started": started,
            "seconds": time.time() - started,
        },
    )
    print(f"{settings}, {valid} on validation, the best of {len(trials)}")
