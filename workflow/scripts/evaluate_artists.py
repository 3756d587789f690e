"""Measure one model's artists on the test users of a fold: the only script that reads their lists.

Pooled over users and artists: micro F1 and average precision; over artists: macro F1; over users: 1 - Hamming
distance, recall and NDCG at 20. The scores are probabilities: above one half is a like for the Hamming distance. F1
takes, under strict, the threshold that is best on validation, and one half under published.

    python workflow/scripts/evaluate_artists.py --scores my_run/scores.npz \\
        --artists results/tables/asia/artists_600.parquet \\
        --valid results/splits/artists/fold_0/valid.parquet --test results/splits/artists/fold_0/test.parquet \\
        --users results/tables/asia/users.parquet --friendships results/tables/asia/friendships.parquet \\
        --protocol strict --title "popularity, fold_0" --output-folder my_run
"""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, f1_score, precision_recall_curve

from lastfm_gnn import program, tables
from lastfm_gnn.artist_metrics import ndcg, recall, top
from lastfm_gnn.figures import BLUE, figure
from lastfm_gnn.files import sha256, write_json
from lastfm_gnn.user_data import AsiaUsers, read_scores

KEPT = 100  # recommendations a user in predictions.parquet


def best_threshold(likes: np.ndarray, scores: np.ndarray) -> float:
    """That of the highest micro F1; likes and scores (users, artists)."""
    precision, found, thresholds = precision_recall_curve(likes.ravel(), scores.ravel())
    f1 = 2 * precision * found / np.maximum(precision + found, 1e-12)
    return float(thresholds[f1[:-1].argmax()])


def measure(
    likes: np.ndarray, scores: np.ndarray, artist_id: np.ndarray, threshold: float
) -> tuple[dict, pd.DataFrame]:
    """Scores over all, and a row a user without user_id; likes (U, K) bool, scores (U, K)."""
    predicted = scores >= threshold if scores.any() else np.zeros_like(likes)
    some = likes.any(1)
    both, either = (likes & predicted).sum(1), likes.sum(1) + predicted.sum(1)
    precision = np.full(len(likes), np.nan)
    precision[some] = average_precision_score(likes[some].T, scores[some].T, average=None)
    rows = pd.DataFrame(
        {
            "likes": likes.sum(1),
            "one_minus_hamming": (likes == (scores > 0.5)).mean(1),
            "f1": np.where(some, 2 * both / np.maximum(either, 1), np.nan),
            "average_precision": precision,
            "recall_20": recall(likes, scores, 20),
            "ndcg_20": ndcg(likes, scores, 20),
            "best": [row.tolist() for row in artist_id[top(scores, KEPT)]],
        }
    )
    overall = {
        "one_minus_hamming": rows.one_minus_hamming.mean(),
        "micro_f1": f1_score(likes.ravel(), predicted.ravel(), zero_division=0),
        "macro_f1": f1_score(likes, predicted, average="macro", zero_division=0),
        "average_precision": average_precision_score(likes.ravel(), scores.ravel()),
        "recall_20": rows.recall_20.mean(),
        "ndcg_20": rows.ndcg_20.mean(),
    }
    return {name: float(value) for name, value in overall.items()}, rows


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    for name in ("users", "friendships", "scores", "artists", "valid", "test"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--protocol", choices=["published", "strict"], required=True)
    parser.add_argument("--title", required=True, help="of the figure")
    parser.add_argument(
        "--output-folder", type=Path, required=True, help="of predictions.parquet, metrics.json, figure.png"
    )
    args = parser.parse_args(argv)

    users = AsiaUsers(args.users, args.friendships)
    artist_id = tables.read(args.artists, tables.CHOSEN_ARTISTS).artist_id.to_numpy()
    valid, test = (users.artist_part(path) for path in (args.valid, args.test))

    def wanted_and_scores(part, name: str) -> tuple[np.ndarray, np.ndarray]:
        found = read_scores(args.scores, users.user_id[part.rows], name).astype(np.float64)
        return part.likes[:, artist_id].toarray() > 0, found

    threshold = 0.5 if args.protocol == "published" else best_threshold(*wanted_and_scores(valid, "valid_"))
    likes, scores = wanted_and_scores(test, "")
    metrics, rows = measure(likes, scores, artist_id, threshold)
    rows.insert(0, "user_id", users.user_id[test.rows])
    tables.write(args.output_folder / "predictions.parquet", rows, tables.ARTIST_PREDICTIONS)
    record = metrics | {"threshold": threshold, "users": len(rows), "test_sha256": sha256(args.test)}
    write_json(args.output_folder / "metrics.json", record)

    precision, found, _ = precision_recall_curve(likes.ravel(), scores.ravel())
    thin = np.linspace(0, len(found) - 1, 1000).astype(int)
    with figure(args.output_folder / "figure.png", args.title, 2) as (curve, histogram):
        curve.plot(found[thin], precision[thin], color=BLUE)
        curve.set(xlabel="recall, over all users and artists", ylabel="precision", ylim=(0, 1))
        histogram.hist(rows.ndcg_20.dropna(), bins=np.linspace(0, 1, 21), color=BLUE)
        histogram.set(xlabel="NDCG at 20", ylabel="users")
    print(f"{args.title}: " + ", ".join(f"{name} {value:.4f}" for name, value in metrics.items()))


if __name__ == "__main__":
    program.run(main)
