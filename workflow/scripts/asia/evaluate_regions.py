"""Measure runs of regions on the test users of their splits: the only script that reads their regions.

Of several runs, each option but the first two takes as many values, in the same order: importing the libraries takes
longer than a run does.

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


def evaluate(users: AsiaUsers, scores: Path, test: Path, title: str, output_folder: Path) -> None:
    """Measure one run; see the top of this file."""
    rows = tables.read(test, tables.USER_REGIONS)
    rows["predicted"] = read_scores(scores, rows.user_id).argmax(1)
    bands = by_degree(rows, users.graph.degree[users.rows(rows.user_id)])
    tables.write(output_folder / "predictions.parquet", rows, tables.REGION_PREDICTIONS, tables.source_of(test))
    metrics = region_scores(rows.region, rows.predicted)
    record = metrics | {"accuracy_by_degree": bands.accuracy.dropna().to_dict(), "test_sha256": sha256(test)}
    write_json(output_folder / "metrics.json", record)
    draw(output_folder / "figure.png", title, rows, bands)
    print(f"{title}: accuracy {metrics['accuracy']:.4f}, macro-F1 {metrics['macro_f1']:.4f}, {len(rows)} users")


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    for name in ("users", "friendships"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("scores", "test"):
        parser.add_argument(f"--{name}", type=Path, nargs="+", required=True)
    parser.add_argument("--title", nargs="+", required=True, help="of the figure")
    parser.add_argument(
        "--output-folder",
        type=Path,
        nargs="+",
        required=True,
        help="of predictions.parquet, metrics.json, figure.png",
    )
    args = parser.parse_args(argv)

    of_each = (args.scores, args.test, args.title, args.output_folder)
    if len({len(values) for values in of_each}) > 1:
        parser.error("--scores, --test, --title and --output-folder take as many values as there are runs")
    users = AsiaUsers(args.users, args.friendships)
    for one in zip(*of_each, strict=True):
        evaluate(users, *one)


if __name__ == "__main__":
    program.run(main)
