"""Trainings of published networks, measured at every epoch: what measure_spread writes, read back."""

from pathlib import Path

import pandas as pd

from lastfm_gnn.core.program import InputError

COLUMNS = {"seed", "perturbation", "epoch", "valid_mse", "test_mse", "test_mae", "test_variance", "source"}
TRAINING = ["model", "seed", "perturbation"]


def read_epochs(paths: list[Path], models: list[str]) -> pd.DataFrame:
    """A row an epoch of every training, with its model. Raises InputError for other files."""
    if len(paths) != len(models):
        raise InputError(f"{len(paths)} files in --spread, but {len(models)} names in --models")
    frames = [read_rows(path, COLUMNS).assign(model=model) for path, model in zip(paths, models, strict=True)]
    return pd.concat(frames, ignore_index=True)


def read_rows(path: Path, columns: set[str]) -> pd.DataFrame:
    """A CSV with at least these columns. Raises InputError where it is cut or another's."""
    try:
        rows = pd.read_csv(path)
    except ValueError as error:
        raise InputError(f"{path}: not readable ({error}); delete it and run again") from error
    if lacking := columns - set(rows):
        raise InputError(f"{path}: lacks the columns {sorted(lacking)}; delete it and run again")
    return rows


def best_rows(epochs: pd.DataFrame, score: str) -> pd.DataFrame:
    """Of each training, the row of its lowest `score`, the first of equals."""
    return epochs.loc[epochs.groupby(TRAINING, sort=False)[score].idxmin()]
