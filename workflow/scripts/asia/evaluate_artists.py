"""Measure one model's artists on the test users of a fold: the only script that reads their lists.

Pooled over users and artists: 1 - Hamming distance, micro F1 and average precision; over artists: macro F1; over
users: recall and NDCG at 20. --top measures the same on fewer artists, too. The scores are probabilities: above one
half is a like for the Hamming distance. F1 takes, under strict, the threshold that is best on validation, and one
half under published.

    python workflow/scripts/asia/evaluate_artists.py --scores my_run/scores.npz \\
        --artists results/tables/asia/artists_7842.parquet --top results/tables/asia/artists_600.parquet \\
        --valid results/splits/artists/fold_0/valid.parquet --test results/splits/artists/fold_0/test.parquet \\
        --users results/tables/asia/users.parquet --friendships results/tables/asia/friendships.parquet \\
        --protocol strict --title "popularity, fold_0" --output-folder my_run
"""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import f1_score

from lastfm_gnn.asia.users import AsiaUsers, read_artists, read_scores
from lastfm_gnn.core import program
from lastfm_gnn.core.files import sha256, write_json
from lastfm_gnn.core.plotting import BLUE, figure
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.metrics.precision import average_precision, precision_recall
from lastfm_gnn.metrics.ranked_lists import ndcg, recall, top

KEPT = 100  # recommendations a user in predictions.parquet


def best_threshold(likes: np.ndarray, scores: np.ndarray) -> float:
    """That of the highest micro F1; likes and scores (users, artists)."""
    precision, recall, thresholds = precision_recall(likes.ravel(), scores.ravel())
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return float(thresholds[f1[:-1].argmax()])


def measure(
    likes: np.ndarray, scores: np.ndarray, artist_id: np.ndarray, threshold: float
) -> tuple[dict, pd.DataFrame]:
    """Scores over all, and a row a user without user_id; likes (U, K) bool, scores (U, K)."""
    predicted = scores >= threshold if scores.any() else np.zeros_like(likes)
    some, best = likes.any(1), top(scores, KEPT)
    both, either = (likes & predicted).sum(1), likes.sum(1) + predicted.sum(1)
    precision = np.full(len(likes), np.nan)
    precision[some] = [average_precision(*user) for user in zip(likes[some], scores[some], strict=True)]
    rows = pd.DataFrame(
        {
            "likes": likes.sum(1),
            "one_minus_hamming": (likes == (scores > 0.5)).mean(1),
            "f1": np.where(some, 2 * both / np.maximum(either, 1), np.nan),
            "average_precision": precision,
            "recall_20": recall(likes, best[:, :20]),
            "ndcg_20": ndcg(likes, best[:, :20]),
            "best": [row.tolist() for row in artist_id[best]],
        }
    )
    overall = {
        "one_minus_hamming": rows.one_minus_hamming.mean(),
        "micro_f1": f1_score(likes.ravel(), predicted.ravel(), zero_division=0),
        "macro_f1": f1_score(likes, predicted, average="macro", zero_division=0),
        "average_precision": average_precision(likes.ravel(), scores.ravel()),
        "recall_20": rows.recall_20.mean(),
        "ndcg_20": rows.ndcg_20.mean(),
    }
    return {name: float(value) for name, value in overall.items()}, rows


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    for name in ("users", "friendships", "scores", "artists", "valid", "test"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--top", type=Path, nargs="*", default=[], help="artists of further tasks, some of --artists")
    parser.add_argument("--protocol", choices=["published", "strict"], required=True)
    parser.add_argument("--title", required=True, help="of the figure")
    parser.add_argument(
        "--output-folder",
        type=Path,
        required=True,
        help="of predictions.parquet, one more for each --top, metrics.json and figure.png",
    )
    args = parser.parse_args(argv)

    users = AsiaUsers(args.users, args.friendships)
    scored = read_artists(args.artists)
    valid, test = (users.artist_part(path) for path in (args.valid, args.test))
    scores = read_scores(args.scores, users.user_id[test.rows]).astype(np.float64)
    if scores.shape[1] != len(scored):
        raise InputError(
            f"{args.scores}: scores of {scores.shape[1]} artists, not the {len(scored)} of {args.artists}"
        )
    # under published nothing is chosen, and nothing known of the validation part
    if args.protocol == "strict":
        valid_scores = read_scores(args.scores, users.user_id[valid.rows], "valid_").astype(np.float64)

    source = tables.source_of(args.test)

    def of_task(artist_id: np.ndarray, name: str) -> dict:
        if len(odd := np.setdiff1d(artist_id, scored)):
            raise InputError(f"{args.top}: artist {odd[0]} is none of {args.artists}; give some of those")
        columns = np.searchsorted(scored, artist_id)
        threshold = 0.5
        if args.protocol == "strict":
            threshold = best_threshold(valid.likes[:, artist_id].toarray() > 0, valid_scores[:, columns])
        likes = test.likes[:, artist_id].toarray() > 0
        metrics, rows = measure(likes, scores[:, columns], artist_id, threshold)
        rows.insert(0, "user_id", users.user_id[test.rows])
        tables.write(args.output_folder / f"predictions{name}.parquet", rows, tables.ARTIST_PREDICTIONS, source)
        print(f"{args.title}, {len(artist_id)} artists: " + ", ".join(f"{k} {v:.4f}" for k, v in metrics.items()))
        return metrics | {"threshold": threshold}

    metrics = of_task(scored, "") | {"users": len(test.rows), "test_sha256": sha256(args.test)}
    metrics |= {path.stem: of_task(read_artists(path), f"_{path.stem}") for path in args.top}
    write_json(args.output_folder / "metrics.json", metrics)

    likes = test.likes[:, scored].toarray() > 0
    precision, recall, _ = precision_recall(likes.ravel(), scores.ravel())
    thin = np.linspace(0, len(recall) - 1, 1000).astype(int)
    with figure(args.output_folder / "figure.png", args.title, 2) as (curve, histogram):
        curve.plot(recall[thin], precision[thin], color=BLUE)
        curve.set(xlabel="recall, over all users and artists", ylabel="precision", ylim=(0, 1))
        of_users = ndcg(likes, top(scores, 20))
        histogram.hist(of_users[~np.isnan(of_users)], bins=np.linspace(0, 1, 21), color=BLUE)
        histogram.set(xlabel="NDCG at 20", ylabel="users")


if __name__ == "__main__":
    program.run(main)
