"""Send the files of one run to MLflow: settings, curves, errors, digests, commit, figure and, if chosen, the model.

MLFLOW_TRACKING_URI says where to; else an SQLite store in --store-folder.

    python workflow/scripts/track_run.py --experiment liking --model attention --split strict_0 --trial 0 \\
        --run results/runs/liking/attention/strict_0/trial_0 --store-folder results/mlflow --output receipt.json
"""

import csv
import math
from pathlib import Path

from lastfm_gnn import program
from lastfm_gnn.files import read_json, write_json
from lastfm_gnn.tracking import Record, send, store_uri


def read_curves(path: Path) -> dict[str, dict[int, float]]:
    """{metric: {epoch: value}} of a history.csv; what a baseline does not have is left out."""
    curves: dict[str, dict[int, float]] = {}
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            epoch = int(row.pop("epoch"))
            for name, text in row.items():
                if text and math.isfinite(float(text)):
                    curves.setdefault(name, {})[epoch] = float(text)
    return curves


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--experiment", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--split", required=True)
    parser.add_argument("--trial", type=int, required=True)
    parser.add_argument("--run", type=Path, required=True, help="folder of model.pt, history.csv and run.json")
    parser.add_argument(
        "--evaluation", type=Path, help="folder of metrics.json and figure.png, if this trial is chosen"
    )
    parser.add_argument("--store-folder", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True, help="the receipt: the run's id in the store")
    args = parser.parse_args(argv)

    recorded = read_json(args.run / "run.json")
    data_sha256 = {Path(name).stem: sha256 for name, sha256 in recorded["data_sha256"].items()}
    metrics = {"best_epoch": recorded["best_epoch"]}
    metrics |= {f"best_valid_{name}": value for name, value in recorded["valid"].items()}
    artifacts = [args.run / "run.json", args.run / "history.csv"]
    if args.evaluation:
        measured = read_json(args.evaluation / "metrics.json")
        data_sha256["test"] = measured["test_sha256"]
        metrics |= {f"test_{name}": measured[name] for name in ("mse", "mae")}
        artifacts += [args.run / "model.pt", args.evaluation / "metrics.json", args.evaluation / "figure.png"]
    record = Record(
        experiment=args.experiment,
        model=args.model,
        split=args.split,
        trial=args.trial,
        settings=recorded["settings"],
        data_sha256=data_sha256,
        curves=read_curves(args.run / "history.csv"),
        metrics=metrics,
        git_commit=recorded["git_commit"],
        started=recorded["started"],
        seconds=recorded["seconds"],
        artifacts=artifacts,
        chosen=args.evaluation is not None,
    )
    run_id = send(record, args.store_folder)
    write_json(args.output, {"name": record.name, "run_id": run_id, "store": store_uri(args.store_folder)})


if __name__ == "__main__":
    program.run(main)
