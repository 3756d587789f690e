"""What a peek at test is worth: the test score at the best validation epoch, and at the best test epoch.

Public tables of others often report the latter; no table of this project does. Published networks of Table 1 by the
epochs of measure_spread (the two trainings of a seed are averaged), ranking models by the steps of peek_ranking.
difference: what the peek gains; low, high: its 95 % interval over seeds, by Student's t.

    python workflow/scripts/table1/make_peeking.py --spread results/runs/spread/attention/published_*.csv \\
        --models attention attention --ranking results/runs/ranking/listens/lightgcn/strict_*/peek.csv \\
        --output results/peeking.csv
"""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from lastfm_gnn.core import program
from lastfm_gnn.core.files import whole
from lastfm_gnn.data import tables
from lastfm_gnn.table1.spread import TRAINING, best_rows, read_epochs, read_rows


def interval(values: np.ndarray) -> tuple[float, float]:
    """95 % interval of the mean of values (n,), by Student's t; NaN of one."""
    if len(values) < 2:
        return np.nan, np.nan
    half = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return values.mean() - half, values.mean() + half


def of_epochs(epochs: pd.DataFrame) -> pd.DataFrame:
    """Test MSE by model and seed: best_valid and best_test, means over the trainings of a seed."""
    scores = {
        name: best_rows(epochs, f"{part}_mse") for name, part in (("best_valid", "valid"), ("best_test", "test"))
    }
    both = pd.DataFrame({name: rows.set_index(TRAINING).test_mse for name, rows in scores.items()})
    return both.groupby(["model", "seed"], sort=False).mean()


def of_steps(paths: list[Path]) -> pd.DataFrame:
    """Test NDCG@10 by model and seed, of files of peek_ranking: best_valid and best_test."""
    rows = []
    for path in paths:
        steps = read_rows(path, {"model", "seed", "valid_ndcg_10", "test_ndcg_10"})
        row = {"model": steps.model[0], "seed": steps.seed[0]}
        row |= {"best_valid": steps.test_ndcg_10[steps.valid_ndcg_10.idxmax()], "best_test": steps.test_ndcg_10.max()}
        rows.append(row)
    return pd.DataFrame(rows, columns=["model", "seed", "best_valid", "best_test"]).set_index(["model", "seed"])


def in_short(task: str, metric: str, both: pd.DataFrame) -> pd.DataFrame:
    """A row a model."""
    rows = []
    for model, own in both.groupby("model", sort=False):
        difference = (own.best_test - own.best_valid).to_numpy()
        low, high = interval(difference)
        row = {"task": task, "model": model, "metric": metric, "at_best_valid": own.best_valid.mean()}
        row |= {"at_best_test": own.best_test.mean(), "difference": difference.mean(), "low": low, "high": high}
        rows.append(row | {"seeds": len(own)})
    return pd.DataFrame(rows)


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--spread", type=Path, nargs="+", required=True, help="files of measure_spread")
    parser.add_argument("--models", nargs="+", required=True, help="the model of each")
    parser.add_argument("--ranking", type=Path, nargs="*", default=[], help="files of peek_ranking")
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args(argv)

    epochs = read_epochs(args.spread, args.models)
    networks = in_short("liking (published)", "mse", of_epochs(epochs))
    table = pd.concat([networks, in_short("ranking", "ndcg_10", of_steps(args.ranking))], ignore_index=True)
    tables.name_source(table, set(epochs.source))
    with whole(args.output) as temporary:
        table.to_csv(temporary, index=False, float_format="%.6g")
    print(table.to_string(index=False))


if __name__ == "__main__":
    program.run(main)
