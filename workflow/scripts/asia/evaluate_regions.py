"""Measure one model's regions on the test users of a split: the only script that reads their regions.

    python workflow/scripts/asia/evaluate_regions.py --users results/tables/asia/users.parquet \\
        --friendships results/tables/asia/friendships.parquet --scores my_run/scores.npz \\
        --test results/splits/region/fold_0/test.parquet --title "label_propagation, fold_0" --output-folder my_run
"""

from pathlib import Path

import numpy as np
import pandas as pd

from lastfm_gnn.asia.users import AsiaUsers, read_scores
from lastfm_gnn.core import program
from lastfm_gnn.core.files import sha256, write_json
from lastfm_gnn.core.plotting import BLUE, figure
from lastfm_gnn.data import tables
from lastfm_gnn.data.asia import REGIONS
from lastfm_gnn.metrics.regions import region_scores

DEGREES = [0, 1, 3, 7, np.inf]  # right ends: 1 friend, 2-3, 4-7, 8 and more


def by_degree(rows: pd.DataFrame, degree: np.ndarray) -> pd.DataFrame:
    """Accuracy and number of users in each band of degrees, as columns accuracy, users."""
    bands = pd.cut(degree, DEGREES, labels=["1", "2–3", "4–7", "8+"])
    right = (rows.region == rows.predicted).groupby(bands, observed=False)
    return pd.DataFrame({"accuracy": right.mean(), "users": right.size()})


def draw(path: Path, title: str, rows: pd.DataFrame, bands: pd.DataFrame) -> None:
    """Confusion matrix, and accuracy by degree."""
    counts = np.zeros((REGIONS, REGIONS))
    np.add.at(counts, (rows.region, rows.predicted), 1)
    with figure(path, title, 2, height=3.6) as (matrix, degrees):
        image = matrix.imshow(counts / np.maximum(counts.sum(1, keepdims=True), 1), cmap="viridis", vmin=0, vmax=1)
        matrix.set(xlabel="predicted region", ylabel="region")
        matrix.grid(False)
        matrix.figure.colorbar(image, ax=matrix, label="share of the region's users")
        degrees.bar(bands.index.astype(str), bands.accuracy, color=BLUE)
        degrees.set(xlabel="friends", ylabel="accuracy", ylim=(0, 1))


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    for name in ("users", "friendships", "scores", "test"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--title", required=True, help="of the figure")
    parser.add_argument(
        "--output-folder", type=Path, required=True, help="of predictions.parquet, metrics.json, figure.png"
    )
    args = parser.parse_args(argv)

    users = AsiaUsers(args.users, args.friendships)
    rows = tables.read(args.test, tables.USER_REGIONS)
    rows["predicted"] = read_scores(args.scores, rows.user_id).argmax(1)
    bands = by_degree(rows, users.graph.degree[users.rows(rows.user_id)])
    tables.write(
        args.output_folder / "predictions.parquet", rows, tables.REGION_PREDICTIONS, tables.source_of(args.test)
    )
    metrics = region_scores(rows.region, rows.predicted)
    record = metrics | {"accuracy_by_degree": bands.accuracy.dropna().to_dict(), "test_sha256": sha256(args.test)}
    write_json(args.output_folder / "metrics.json", record)
    draw(args.output_folder / "figure.png", args.title, rows, bands)
    print(f"{args.title}: accuracy {metrics['accuracy']:.4f}, macro-F1 {metrics['macro_f1']:.4f}, {len(rows)} users")


if __name__ == "__main__":
    program.run(main)
