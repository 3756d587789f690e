"""Every published figure as a distribution over seeds and roundings.

published_spread.csv: a row a training: the test errors at its best validation epoch. A seed draws the split and the
training; perturbation 1e-6 is the same training from weights changed by a millionth. flat: whether the training ended
in the bad state, no better on test than the mean of all scores, which predicts every pair alike.
published_spread_summary.csv: of each model's trainings, mean, sd, best, quartiles, worst and the share that is flat.

    python workflow/scripts/table1/make_spread.py --spread results/runs/spread/attention/published_*.csv \\
        --models attention attention --output-folder results
"""

from pathlib import Path

import pandas as pd

from lastfm_gnn.core import program
from lastfm_gnn.core.files import whole
from lastfm_gnn.data import tables
from lastfm_gnn.table1.spread import TRAINING, best_rows, read_epochs

ERRORS = ("mse", "mae")


def spread(epochs: pd.DataFrame) -> pd.DataFrame:
    """A row a training, at its best validation epoch."""
    best = best_rows(epochs, "valid_mse")
    dead = [name for name in best if name.startswith("dead_units_")]
    table = best[[*TRAINING, "epoch", *dead]].rename(columns={"epoch": "best_epoch"})
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


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--spread", type=Path, nargs="+", required=True, help="files of measure_spread")
    parser.add_argument("--models", nargs="+", required=True, help="the model of each")
    parser.add_argument("--output-folder", type=Path, required=True)
    args = parser.parse_args(argv)

    epochs = read_epochs(args.spread, args.models)
    trainings = spread(epochs)
    in_short = summary(trainings)
    for name, table in {"published_spread": trainings, "published_spread_summary": in_short}.items():
        tables.name_source(table, set(epochs.source))
        with whole(args.output_folder / f"{name}.csv") as temporary:
            table.to_csv(temporary, index=False, float_format="%.6g")
    print(in_short.to_string(index=False))


if __name__ == "__main__":
    program.run(main)
