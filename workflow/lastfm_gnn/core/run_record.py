"""The record of a run: run.json and, of a model that is fitted with the best of several settings, trials.csv."""

import argparse
import time
from pathlib import Path
from typing import Any

import pandas as pd

from lastfm_gnn import __version__
from lastfm_gnn.core.files import read_json, sha256, whole, write_json
from lastfm_gnn.core.git import git_commit
from lastfm_gnn.core.machine import device, machine, packages
from lastfm_gnn.core.program import InputError, json_object

RECORDED = {"identity", "settings", "valid"}


def add_identity(parser: argparse.ArgumentParser) -> None:
    """The option that says which run this is: what tables name its row by."""
    example = '{"task": "ranking", "league": "listens", "model": "mine", "split": "strict_0"}'
    parser.add_argument("--identity", type=json_object, default={}, help=f"JSON, for the record, such as {example}")


def write_record(
    folder: Path,
    identity: dict[str, Any],
    settings: dict[str, Any],
    valid: dict[str, float],
    inputs: list[Path],
    started: float,
    **more: Any,
) -> None:
    """run.json: which run this is, its settings, scores on validation, digests of the `inputs` by their paths, what
    made the run, and whatever `more`.

    `started` is time.time() at the run's start. What differs between equal runs (times, commit) stands here alone.
    """
    record = {"identity": identity, "settings": settings, "valid": valid, **more}
    record |= {"data_sha256": {str(path): sha256(path) for path in inputs}}
    record |= {"version": __version__, "git_commit": git_commit(), "machine": machine()}
    record |= {"device": device(), "packages": packages()}
    write_json(folder / "run.json", record | {"started": started, "seconds": time.time() - started})


def read_record(path: Path, *names: str) -> dict[str, Any]:
    """A run.json whose identity has these names. Raises InputError where it is cut or something else."""
    record = read_json(path)
    if not isinstance(record, dict) or not record.keys() >= RECORDED:
        raise InputError(f"{path}: no record of a run; delete it and run again")
    if lacking := [name for name in names if name not in record["identity"]]:
        raise InputError(f"{path}: does not say its {lacking[0]}; run it again with --identity")
    return record


def write_fitted(
    folder: Path, identity: dict[str, Any], trials: list[dict], best: int, inputs: list[Path], started: float
) -> None:
    """trials: settings that were tried, and valid_<metric> of each; best: the place of those chosen."""
    with whole(folder / "trials.csv") as temporary:
        pd.DataFrame(trials).to_csv(temporary, index_label="trial")
    scores = {name: value for name, value in trials[best].items() if name.startswith("valid_")}
    settings = {name: value for name, value in trials[best].items() if name not in scores}
    valid = {name.removeprefix("valid_"): value for name, value in scores.items()}
    identity = {"protocol": "strict", **identity}
    write_record(folder, identity, settings, valid, inputs, started, trials=len(trials))
    print(f"{identity | settings}, {valid} on validation, the best of {len(trials)}")
