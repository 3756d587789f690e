"""Every published figure as a distribution over seeds and roundings, and what a peek at test is worth.

published_spread.csv: a row a training: the test errors at its best validation epoch. A seed draws the split and the
training; perturbation 1e-6 is the same training from weights changed by a millionth. flat: whether the training ended
in the bad state, no better on test than the mean of all scores, which predicts every pair alike.
published_spread_summary.csv: of each model's trainings, mean, sd, best, quartiles, worst and the share that is flat.
peeking.csv: the test error at the best validation epoch, at the best test epoch, and their difference with its 95 %
interval over seeds (Student's t; the two perturbations of a seed are averaged first).

    python workflow/scripts/make_spread.py --spread results/runs/spread/attention/published_*.csv \\
        --models attention attention --output-folder results
"""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from lastfm_gnn import program
from lastfm_gnn.files import whole
from lastfm_gnn.program import InputError

ERRORS = ("mse", "mae")
COLUMNS = {"seed", "perturbation", "epoch", "valid_mse", "test_mse", "test_mae", "test_variance"}


def read_epochs(path: Path, model: str) -> pd.DataFrame:
    """Rows of measure_spread, with their model. Raises InputError for another file."""
    try:
        rows = pd.read_csv(path)
    except ValueError as error:
        raise InputError(f"{path}: not readable ({error}); delete it and run again") from error
    if lacking := COLUMNS - set(rows):
        raise InputError(f"{path}: lacks the columns {sorted(lacking)}; delete it and run again")
    return rows.assign(model=model)


def best_rows(epochs: pd.DataFrame, score: str) -> pd.DataFrame:
    """Of each training, the row of its lowest `score`, the first of equals."""
    trainings = epochs.groupby(["model", "seed", "perturbation"], sort=False)
    return epochs.loc[trainings[score].idxmin()]


def spread(epochs: pd.DataFrame) -> pd.DataFrame:
    """A row a training, at its best validation epoch."""
    best = best_rows(epochs, "valid_mse")
    dead = [name for name in best if name.startswith("dead_units_")]
    table = best[["model", "seed", "perturbation", "epoch", *dead]].rename(columns={"epoch": "best_epoch"})
    errors = best[["test_mse", "test_mae"]].set_axis(ERRORS, axis=1)
    # the variance of the test scores is the error of the best constant
    return table.assign(**errors, flat=best.test_mse >= best.test_variance)


def summary(trainings: pd.DataFrame) -> pd.DataFrame:
    """A row a model and error."""
    rows = []
    for model, own in trainings.groupby("model", sort=False):
        for error in ERRORS:
            low, median, high = own[error].quantile([0.25, 0.5, 0.75])
            row = {"model": model, "error": error, "mean": own[error].mean(), "sd": own[error].std(ddof=1)}
            row |= {"best": own[error].min(), "low_quartile": low, "median": median, "high_quartile": high}
            row |= {"worst": own[error].max(), "flat_share": own.flat.mean(), "trainings": len(own)}
            rows.append(row)
    return pd.DataFrame(rows)


def interval(values: np.ndarray) -> tuple[float, float]:
    """95 % interval of the mean of values (n,), by Student's t; NaN of one."""
    if len(values) < 2:
        return np.nan, np.nan
    half = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return values.mean() - half, values.mean() + half


def peeking(epochs: pd.DataFrame) -> pd.DataFrame:
    """A row a model: test MSE at the best validation and at the best test epoch."""
    keys = ["model", "seed", "perturbation"]
    honest = best_rows(epochs, "valid_mse").set_index(keys).test_mse
    peek = best_rows(epochs, "test_mse").set_index(keys).test_mse
    both = pd.DataFrame({"best_valid": honest, "best_test": peek}).groupby(["model", "seed"], sort=False).mean()
    rows = []
    for model, own in both.groupby("model", sort=False):
        difference = (own.best_test - own.best_valid).to_numpy()
        low, high = interval(difference)
        row = {"task": "liking", "model": model, "metric": "mse", "at_best_valid": own.best_valid.mean()}
        row |= {"at_best_test": own.best_test.mean(), "difference": difference.mean(), "low": low, "high": high}
        rows.append(row | {"seeds": len(own)})
    return pd.DataFrame(rows)


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--spread", type=Path, nargs="+", required=True, help="files of measure_spread")
    parser.add_argument("--models", nargs="+", required=True, help="the model of each")
    parser.add_argument("--data", help="put this word in a first column, for what is not of the official data")
    parser.add_argument("--output-folder", type=Path, required=True)
    args = parser.parse_args(argv)

    if len(args.spread) != len(args.models):
        raise InputError(f"{len(args.spread)} files in --spread, but {len(args.models)} names in --models")
    epochs = pd.concat(map(read_epochs, args.spread, args.models), ignore_index=True)
    trainings = spread(epochs)
    found = {
        "published_spread": trainings,
        "published_spread_summary": summary(trainings),
        "peeking": peeking(epochs),
    }
    for name, table in found.items():
        if args.data:
            table.insert(0, "data", args.data)
        with whole(args.output_folder / f"{name}.csv") as temporary:
            table.to_csv(temporary, index=False, float_format="%.6g")
    print(found["published_spread_summary"].to_string(index=False), found["peeking"].to_string(index=False), sep="\n")


if __name__ == "__main__":
    program.run(main)
