"""Send the files of one run to MLflow: settings, curves, scores, digests, commit, and files as artifacts.

MLFLOW_TRACKING_URI says where to; else an SQLite store in --store-folder.

    folder=results/runs/liking/attention/strict_0
    python workflow/scripts/track_run.py --experiment liking --model attention --split strict_0 --trial 0 \\
        --run $folder/trial_0/run.json --curves $folder/trial_0/history.csv --store-folder results/mlflow \\
        --output receipt.json
"""

import csv
import math
from pathlib import Path

from lastfm_gnn import program
from lastfm_gnn.files import read_json, write_json
from lastfm_gnn.program import InputError
from lastfm_gnn.tracking import Record, send, store_uri


def read_curves(path: Path) -> dict[str, dict[int, float]]:
    """{metric: {step: value}}; the file's first column is the step, numbers named train_*, valid_* or learning_rate
    are metrics, and an empty field is left out."""
    curves: dict[str, dict[int, float]] = {}
    try:
        with path.open(newline="") as file:
            (_, *names), *rows = csv.reader(file)
        for step, *values in rows:
            for name, text in zip(names, values, strict=True):
                if name.startswith(("train_", "valid_", "learning_rate")) and text and math.isfinite(float(text)):
                    curves.setdefault(name, {})[int(step)] = float(text)
    except ValueError as error:
        raise InputError(f"{path}: a cut or foreign file ({error}); delete it and run again") from error
    return curves


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--experiment", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--split", required=True)
    parser.add_argument("--trial", type=int, required=True)
    parser.add_argument("--run", type=Path, required=True, help="run.json")
    parser.add_argument("--curves", type=Path, required=True, help="CSV: a step, and metrics at it")
    parser.add_argument("--metrics", type=Path, help="metrics.json on the test part, of a run that is chosen")
    parser.add_argument("--artifacts", type=Path, nargs="*", default=[], help="further files to keep with the run")
    parser.add_argument("--store-folder", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True, help="the receipt: the run's id in the store")
    args = parser.parse_args(argv)

    recorded = read_json(args.run)
    data_sha256 = {Path(name).stem: sha256 for name, sha256 in recorded["data_sha256"].items()}
    metrics = {f"best_valid_{name}": value for name, value in recorded["valid"].items()}
    if "best_epoch" in recorded:
        metrics["best_epoch"] = recorded["best_epoch"]
    artifacts = [args.run, args.curves, *args.artifacts]
    if args.metrics:
        measured = read_json(args.metrics)
        data_sha256["test"] = measured["test_sha256"]
        for task, found in {"": measured, **measured}.items():
            if task == "" or task.startswith("artists_"):
                prefix = f"test_{task}_" if task else "test_"
                metrics |= {f"{prefix}{name}": value for name, value in found.items() if isinstance(value, float)}
        artifacts.append(args.metrics)
    record = Record(
        experiment=args.experiment,
        model=args.model,
        split=args.split,
        trial=args.trial,
        settings=recorded["settings"],
        data_sha256=data_sha256,
        curves=read_curves(args.curves),
        metrics=metrics,
        git_commit=recorded["git_commit"],
        started=recorded["started"],
        seconds=recorded["seconds"],
        artifacts=artifacts,
        chosen=args.metrics is not None,
    )
    run_id = send(record, args.store_folder)
    write_json(args.output, {"name": record.name, "run_id": run_id, "store": store_uri(args.store_folder)})


if __name__ == "__main__":
    program.run(main)
