"""Send the files of a model's runs to MLflow: settings, curves, scores, digests, commit, and files as artifacts.

MLFLOW_TRACKING_URI says where to; else an SQLite store in --store-folder.

    folder=results/runs/table1/attention/strict_0
    python workflow/scripts/track/track_run.py --experiment liking --model attention --split strict_0 --trial 0 \\
        --run $folder/trial_0/run.json --curves $folder/trial_0/history.csv --store-folder results/mlflow \\
        --output receipt.json
"""

import argparse
import csv
import math
from pathlib import Path

from lastfm_gnn.core import program
from lastfm_gnn.core.files import read_json, write_json
from lastfm_gnn.core.program import InputError
from lastfm_gnn.core.run_record import read_record
from lastfm_gnn.data.tables import source_note
from lastfm_gnn.track.tracking import Record, send, store_uri


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


def record_of(args: argparse.Namespace, split: str, run: Path, curves: Path, metrics: Path | None) -> Record:
    """The record of one of the runs."""
    recorded = read_record(run)
    data_sha256 = {Path(name).stem: sha256 for name, sha256 in recorded["data_sha256"].items()}
    scores = {f"best_valid_{name}": value for name, value in recorded["valid"].items()}
    if "best_epoch" in recorded:
        scores["best_epoch"] = recorded["best_epoch"]
    artifacts = [run, curves, *args.artifacts]
    if metrics:
        measured = read_json(metrics)
        data_sha256["test"] = measured["test_sha256"]
        for task, values in {"": measured, **measured}.items():
            if task == "" or task.startswith("artists_"):
                prefix = f"test_{task}_" if task else "test_"
                scores |= {f"{prefix}{name}": value for name, value in values.items() if isinstance(value, float)}
        artifacts.append(metrics)
    source = recorded["identity"].get("source", "official")
    return Record(
        experiment=args.experiment + source_note(source),
        model=args.model,
        split=split,
        trial=args.trial,
        settings=recorded["identity"] | recorded["settings"],
        data_sha256=data_sha256,
        curves=read_curves(curves),
        metrics=scores,
        git_commit=recorded["git_commit"],
        started=recorded["started"],
        seconds=recorded["seconds"],
        artifacts=artifacts,
        chosen=metrics is not None,
    )


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--experiment", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--trial", type=int, required=True)
    parser.add_argument("--split", nargs="+", required=True, help="of each run")
    parser.add_argument("--run", type=Path, nargs="+", required=True, help="run.json of each")
    parser.add_argument(
        "--curves", type=Path, nargs="+", required=True, help="CSV of each: a step, and metrics at it"
    )
    parser.add_argument("--metrics", type=Path, nargs="*", help="metrics.json on the test parts, of chosen runs")
    parser.add_argument("--artifacts", type=Path, nargs="*", default=[], help="further files to keep with one run")
    parser.add_argument("--store-folder", type=Path, required=True)
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="the receipts: their ids there")
    args = parser.parse_args(argv)

    options = [args.split, args.run, args.curves, args.metrics or [None] * len(args.run), args.output]
    if len({len(one) for one in options}) > 1 or (args.artifacts and len(args.run) > 1):
        raise InputError("--split, --run, --curves, --metrics and --output differ in number; give one for each run")
    for split, run, curves, metrics, output in zip(*options, strict=True):
        record = record_of(args, split, run, curves, metrics)
        run_id = send(record, args.store_folder)
        write_json(output, {"name": record.name, "run_id": run_id, "store": store_uri(args.store_folder)})


if __name__ == "__main__":
    program.run(main)
