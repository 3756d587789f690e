"""Blend several models of one fold: their log-probabilities (regions) or log-odds (artists), summed with weights.

The weights, none negative, have the lowest cross-entropy on the validation part, by scores of models that were
trained without it. No test part is an input.

    runs=results/runs/region/none
    python workflow/scripts/asia/blend_scores.py --task region --users results/tables/asia/users.parquet \\
        --friendships results/tables/asia/friendships.parquet --valid results/splits/region/fold_0/valid.parquet \\
        --models label_propagation correct_and_smooth \\
        --scores $runs/label_propagation/strict_0/scores.npz $runs/correct_and_smooth/strict_0/scores.npz \\
        --output-folder my_run
"""

import time
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_softmax, logit

from lastfm_gnn.asia.users import AsiaUsers, read_scores, read_user_ids, write_scores
from lastfm_gnn.core import program
from lastfm_gnn.core.program import InputError
from lastfm_gnn.core.run_record import add_identity, write_fitted
from lastfm_gnn.metrics.ranked_lists import ndcg, top
from lastfm_gnn.metrics.regions import region_scores

FLOOR = 1e-3  # probabilities that a model gives as 0 are not believed


def evidence(scores: np.ndarray, task: str) -> np.ndarray:
    """Log-probabilities (U, C) of each row's scores, made to sum to 1, or log-odds (U, K)."""
    if task == "artists":
        return logit(np.clip(scores, FLOOR, 1 - FLOOR))
    share = (np.maximum(scores, 0) + FLOOR * np.maximum(scores, 0).max(1, keepdims=True)) + 1e-12
    return np.log(share / share.sum(1, keepdims=True))


def blend(weights: np.ndarray, parts: list[np.ndarray], task: str) -> np.ndarray:
    """Probabilities; the last weight is added everywhere: it shifts log-odds, and changes no region."""
    total = sum(weight * part for weight, part in zip(weights, parts, strict=False)) + weights[-1]
    return np.exp(log_softmax(total, axis=1)) if task == "region" else expit(total)


def fit(parts: list[np.ndarray], truth: np.ndarray, task: str) -> np.ndarray:
    """The weights of the lowest mean cross-entropy; truth: regions (U,) or likes (U, K)."""
    stacked = np.stack(parts)

    def cross_entropy(weights: np.ndarray) -> tuple[float, np.ndarray]:
        scores = blend(weights, parts, task)
        if task == "region":
            rows = np.arange(len(truth))
            loss = -np.log(scores[rows, truth] + 1e-12).mean()
            error = scores.copy()
            error[rows, truth] -= 1
            error /= len(truth)
        else:
            loss = -np.where(truth, np.log(scores + 1e-12), np.log(1 - scores + 1e-12)).mean()
            error = (scores - truth) / truth.size
        return loss, np.append(np.tensordot(stacked, error, axes=error.ndim), error.sum())

    start = np.append(np.full(len(parts), 1 / len(parts)), 0.0)
    bounds = [(0, None)] * len(parts) + [(None, None)]
    return minimize(cross_entropy, start, jac=True, bounds=bounds, method="L-BFGS-B").x


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--task", choices=["region", "artists"], required=True)
    for name in ("users", "friendships", "valid"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--models", nargs="+", required=True, help="names, for the record")
    parser.add_argument("--scores", type=Path, nargs="+", required=True, help="scores.npz of each")
    add_identity(parser)
    parser.add_argument("--output-folder", type=Path, required=True, help="of scores.npz, trials.csv and run.json")
    args = parser.parse_args(argv)

    started = time.time()
    if len(args.models) != len(args.scores):
        raise InputError(f"{len(args.models)} models but {len(args.scores)} files of scores; give one each")
    users = AsiaUsers(args.users, args.friendships)
    if args.task == "region":
        of_regions = users.region_part(args.valid)
        rows, truth = of_regions.rows, of_regions.region
    else:
        of_artists = users.artist_part(args.valid)
        rows, truth = of_artists.rows, of_artists.likes.toarray() > 0
    valid_id = users.user_id[rows]
    scored_id = read_user_ids(args.scores[0])
    parts = [evidence(read_scores(path, valid_id, "valid_"), args.task) for path in args.scores]
    weights = fit(parts, truth, args.task)
    valid_scores = blend(weights, parts, args.task)
    final = blend(weights, [evidence(read_scores(path, scored_id), args.task) for path in args.scores], args.task)

    if args.task == "region":
        metrics = region_scores(truth, valid_scores.argmax(1))
    else:
        metrics = {"ndcg_20": float(np.nanmean(ndcg(truth, top(valid_scores, 20))))}
    chosen = {f"weight_{model}": float(weight) for model, weight in zip(args.models, weights, strict=False)}
    trials = [chosen | {f"valid_{name}": value for name, value in metrics.items()}]
    write_scores(args.output_folder / "scores.npz", scored_id, final, valid_id, valid_scores)
    identity = args.identity | {"variant": "blend"}
    write_fitted(args.output_folder, identity, trials, 0, [args.valid], started)


if __name__ == "__main__":
    program.run(main)
