"""Measure trained models on the test parts of their splits: of a strict split, the only script that reads one.

Writes every prediction, the exact errors over all of them, and a figure. Of several runs, each option takes as many
values, in the same order: importing the libraries takes longer than a run does.

    python workflow/scripts/table1/evaluate_model.py --run results/runs/table1/attention/strict_0/trial_0 \\
        --graph results/graphs/liking/strict_0/graph.npz --test results/splits/liking/strict_0/test.parquet \\
        --title "attention, strict_0" --output-folder my_evaluation
"""

from pathlib import Path

import pandas as pd
import torch

from lastfm_gnn.core import program
from lastfm_gnn.core.checkpoints import load
from lastfm_gnn.core.files import sha256, write_json
from lastfm_gnn.core.plotting import run_figure
from lastfm_gnn.core.program import InputError
from lastfm_gnn.core.run_record import read_record
from lastfm_gnn.data import tables
from lastfm_gnn.metrics.errors import liking_errors
from lastfm_gnn.table1.models import build_model
from lastfm_gnn.table1.runs import as_nodes, check_no_message, load_message_graph, read_pairs
from lastfm_gnn.table1.training import predict


def evaluate(run: Path, graph_file: Path, test: Path, title: str, output_folder: Path) -> None:
    """Measure one run; see the top of this file."""
    record = read_record(run / "run.json")
    settings = record["identity"] | record["settings"]
    graph = load_message_graph(graph_file)
    model = build_model(settings, graph.num_nodes)
    try:
        model.load_state_dict(load(run / "model.pt", "model", ()))
    except RuntimeError as error:
        raise InputError(f"{run / 'model.pt'}: not of this graph and code; delete it and run again") from error
    rows = read_pairs(test, settings["protocol"])
    pairs = as_nodes(rows, graph)
    check_no_message(test, pairs, graph, settings["protocol"])
    predicted = predict(model, graph, pairs, settings["protocol"], settings.get("batch_size", len(pairs)))

    rows = rows.assign(predicted=predicted)
    source = settings["source"]
    title += tables.source_note(source)
    schema = tables.DIRECTED_PREDICTIONS if "direction" in rows else tables.PREDICTIONS
    tables.write(output_folder / "predictions.parquet", rows, schema, source)
    metrics = liking_errors(rows.liking, rows.predicted) | {
        "pairs": len(rows),
        "identity": record["identity"],
        "test_sha256": sha256(test),
    }
    write_json(output_folder / "metrics.json", metrics)
    history = pd.read_csv(run / "history.csv")
    run_figure(output_folder / "figure.png", title, history, rows.liking, rows.predicted)
    print(f"{title}: test MSE {metrics['mse']:.5f}, MAE {metrics['mae']:.5f} over {len(rows)} rows")


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument(
        "--run", type=Path, nargs="+", required=True, help="folder of model.pt, history.csv, run.json"
    )
    parser.add_argument("--graph", type=Path, nargs="+", required=True)
    parser.add_argument("--test", type=Path, nargs="+", required=True)
    parser.add_argument("--title", nargs="+", required=True, help="of the figure")
    parser.add_argument("--threads", type=program.threads, default=1)
    parser.add_argument(
        "--output-folder",
        type=Path,
        nargs="+",
        required=True,
        help="of predictions.parquet, metrics.json, figure.png",
    )
    args = parser.parse_args(argv)

    torch.set_num_threads(args.threads)
    of_each = (args.run, args.graph, args.test, args.title, args.output_folder)
    if len({len(values) for values in of_each}) > 1:
        parser.error("--run, --graph, --test, --title and --output-folder take as many values as there are runs")
    for one in zip(*of_each, strict=True):
        evaluate(*one)


if __name__ == "__main__":
    program.run(main)
