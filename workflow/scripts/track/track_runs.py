"""Send runs to MLflow: settings, curves, scores, digests, commit, and files as artifacts. One process sends many.

MLFLOW_TRACKING_URI says where to; else an SQLite store in --store-folder. Where the store does not take the runs, the
receipt says why, and the exit status is 0 all the same: no table waits for a store.

    python workflow/scripts/track/track_runs.py --runs results/runs/table1/attention/strict_0/trial_* \\
        --store-folder results/mlflow --output receipt.json
"""

import csv
import math
from pathlib import Path

import pyarrow.parquet as pq

from lastfm_gnn.core import program
from lastfm_gnn.core.files import read_json
from lastfm_gnn.core.program import InputError
from lastfm_gnn.core.run_record import read_record
from lastfm_gnn.data.tables import source_note
from lastfm_gnn.track.description import PREDICTIONS
from lastfm_gnn.track.receipts import add_receipt, receipt
from lastfm_gnn.track.tracking import Record, send

# What a run predicted, of whichever task it is; MLflow's pages show a CSV and no Parquet.
PREDICTED = ("predictions.parquet", "best.parquet", "friendships.parquet")
SHOWN = 500  # rows that they show


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


def experiment_of(identity: dict) -> str:
    """The experiment of a run: one for Table 1, of all others one for each task and what its models know."""
    if "league" in identity:
        name = f"Leaderboard: {identity['task']}, {identity['league']}"
    elif "features" in identity:
        name = f"LastFM Asia: {identity['task']} ({identity['features']} features)"
    else:
        name = "Table 1: liking"
    return name + source_note(identity.get("source", "official"))


def evaluation_of(folder: Path, identity: dict) -> Path | None:
    """The metrics.json of a run: in its folder or, of the chosen one of several trials, in the folder above."""
    if (folder / "metrics.json").exists():
        return folder / "metrics.json"
    above = folder.parent / "metrics.json"
    return above if above.exists() and read_json(above).get("identity") == identity else None


def first_predictions(folder: Path) -> dict[str, str]:
    """A CSV of the first rows of a run's predictions, by its file name; none where they are not kept."""
    for path in (folder / name for name in PREDICTED):
        if path.is_file():
            rows = next(pq.ParquetFile(path).iter_batches(SHOWN)).to_pandas()
            return {PREDICTIONS: rows.to_csv(index=False, float_format="%.4g")}
    return {}


def record_of(folder: Path) -> Record:
    """What is sent of the run in a folder."""
    run = folder / "run.json"
    recorded = read_record(run, "task", "model", "split")
    identity = recorded["identity"]
    data_sha256 = {Path(name).stem: sha256 for name, sha256 in recorded["data_sha256"].items()}
    scores = {f"best_valid_{name}": value for name, value in recorded["valid"].items()}
    if "best_epoch" in recorded:
        scores["best_epoch"] = recorded["best_epoch"]
    curves = folder / "history.csv"
    if not curves.exists():
        curves = folder / "trials.csv"
    artifacts = [run, curves]
    texts = {}
    evaluation = evaluation_of(folder, identity)
    if evaluation:
        metrics = read_json(evaluation)
        data_sha256["test"] = metrics["test_sha256"]
        for task, measured in {"": metrics, **metrics}.items():
            if task == "" or task.startswith("artists_"):
                prefix = f"test_{task}_" if task else "test_"
                scores |= {f"{prefix}{name}": value for name, value in measured.items() if isinstance(value, float)}
        artifacts.append(evaluation)
        further = [evaluation.with_name("figure.png")]
        if evaluation.parent != folder:
            further.append(folder / "model.pt")
        artifacts += [path for path in further if path.exists()]
        texts = first_predictions(evaluation.parent)
    return Record(
        experiment=experiment_of(identity),
        model=identity["model"],
        # trials on one fold of LastFM Asia choose settings for all of them
        split="tuning" if "features" in identity and "trial" in identity else identity["split"],
        trial=identity.get("trial", 0),
        settings=identity | recorded["settings"] | {"device": recorded.get("device", "cpu")},
        data_sha256=data_sha256,
        curves=read_curves(curves),
        metrics=scores,
        git_commit=recorded["git_commit"],
        started=recorded["started"],
        seconds=recorded["seconds"],
        artifacts=artifacts,
        texts=texts,
        chosen=evaluation is not None,
    )


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--runs", type=Path, nargs="+", required=True, help="folders of run.json")
    add_receipt(parser)
    args = parser.parse_args(argv)

    records = [record_of(folder) for folder in args.runs]
    with receipt(args) as content:
        content["runs"] = send(records, args.store_folder)
        print(f"{len(records)} runs are in MLflow")


if __name__ == "__main__":
    program.run(main)
