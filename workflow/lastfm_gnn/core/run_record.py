"""The record of a run: run.json and, of a model that is fitted with the best of several settings, trials.csv."""

import time
from pathlib import Path
from typing import Any

import pandas as pd

from lastfm_gnn import __version__
from lastfm_gnn.core.files import sha256, whole, write_json
from lastfm_gnn.core.git import git_commit
from lastfm_gnn.core.machine import machine


def write_record(
    folder: Path, settings: dict, valid: dict[str, float], inputs: list[Path], started: float, **more: Any
) -> None:
    """run.json: settings, scores on validation, digests of the `inputs`, what made the run, and whatever `more`.

    `started` is time.time() at the run's start. What differs between equal runs (times, commit) stands here alone.
    """
    record = {"settings": settings, "valid": valid, **more}
    record |= {"data_sha256": {path.name: sha256(path) for path in inputs}}
    record |= {"version": __version__, "git_commit": git_commit(), "machine": machine()}
    write_json(folder / "run.json", record | {"started": started, "seconds": time.time() - started})


def write_fitted(
    folder: Path, settings: dict, trials: list[dict], best: int, inputs: list[Path], started: float
) -> None:
    """settings: what was fitted, with those chosen; trials: those tried, and valid_<metric> of each."""
    with whole(folder / "trials.csv") as temporary:
        pd.DataFrame(trials).to_csv(temporary, index_label="trial")
    valid = {name.removeprefix("valid_"): value for name, value in trials[best].items() if name.startswith("valid_")}
    write_record(folder, {"protocol": "strict", **settings}, valid, inputs, started, trials=len(trials))
    print(f"{settings}, {valid} on validation, the best of {len(trials)}")
