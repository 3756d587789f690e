"""Measure one model's liking scores on the test part of its split: the only script that reads them.

Spearman's rank correlation is within each user, a mean over users with two test pairs or more that differ. A test
pair is cold, medium or hot by its user's number of training plays, and by its artist's training listeners: thirds of
the test pairs.

    python workflow/scripts/liking/evaluate_liking.py --scores my_run/scores.parquet \\
        --listens results/tables/hetrec/listens.parquet --train results/splits/liking/strict_0/train.parquet \\
        --test results/splits/liking/strict_0/test.parquet --output-folder my_run
"""

from pathlib import Path

import numpy as np
import pandas as pd

from lastfm_gnn.core import program
from lastfm_gnn.core.files import sha256, write_json
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.metrics.activity import GROUPS, thirds
from lastfm_gnn.metrics.errors import liking_errors


def spearman(rows: pd.DataFrame) -> pd.Series:
    """By user_id: rank correlation of predicted and true liking; none where either does not vary."""
    ranks = rows.groupby("user_id")[["liking", "predicted"]].rank()
    ranks -= ranks.groupby(rows.user_id).transform("mean")
    squares = (ranks**2).groupby(rows.user_id).sum()
    product = (ranks.liking * ranks.predicted).groupby(rows.user_id).sum()
    norm = np.sqrt(squares.liking * squares.predicted)
    return product.div(norm.where(norm > 0))


def of_users(rows: pd.DataFrame) -> pd.DataFrame:
    """A row a user: user_id, count of test pairs, and the means of their errors."""
    error = rows.predicted - rows.liking
    grouped = rows.assign(mse=error**2, mae=error.abs()).groupby("user_id")
    means = grouped[["mse", "mae"]].mean()
    return means.assign(count=grouped.size(), spearman=spearman(rows)).reset_index()


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    for name in ("scores", "listens", "train", "test"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--output-folder", type=Path, required=True, help="of predictions, users and metrics")
    args = parser.parse_args(argv)

    test, train = (tables.read(path, tables.PAIRS) for path in (args.test, args.train))
    scores = tables.read(args.scores, tables.SCORES)
    rows = test.merge(scores[scores.part == "test"].drop(columns="part"), how="left", on=["user_id", "artist_id"])
    if not np.isfinite(rows.predicted).all():
        lacking = rows[~np.isfinite(rows.predicted)].iloc[0]
        raise InputError(
            f"{args.scores}: no finite score of user {lacking.user_id:.0f} and artist {lacking.artist_id:.0f},"
            " a test pair; delete it and run again"
        )
    source = tables.source_of(args.test)
    tables.write(args.output_folder / "predictions.parquet", rows, tables.PREDICTIONS, source)
    users = of_users(rows)
    tables.write(args.output_folder / "users.parquet", users, tables.LIKING_USERS, source)

    metrics = liking_errors(rows.liking, rows.predicted) | {"spearman": float(users.spearman.mean())}
    counted = train.merge(tables.read(args.listens, tables.LISTENS)[["user_id", "artist_id", "count"]])
    for name, activity in (
        ("user", counted.groupby("user_id")["count"].sum()),
        ("artist", counted.groupby("artist_id").size()),
    ):
        group = thirds(rows[f"{name}_id"].map(activity).fillna(0).to_numpy())
        for third in GROUPS:
            part = rows[group == third]
            if part.empty:  # of few pairs, or of one user's alone
                continue
            metrics |= {f"{k}_{third}_{name}s": v for k, v in liking_errors(part.liking, part.predicted).items()}
    write_json(args.output_folder / "metrics.json", metrics | {"pairs": len(rows), "test_sha256": sha256(args.test)})
    print(f"test MSE {metrics['mse']:.5f}, MAE {metrics['mae']:.5f}, Spearman {metrics['spearman']:.4f}")


if __name__ == "__main__":
    program.run(main)
