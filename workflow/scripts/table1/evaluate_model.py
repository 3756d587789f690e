"""Measure one trained model on the test part of its split: of a strict split, the only script that reads one.

Writes every prediction, the exact errors over all of them, and a figure.

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


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--run", type=Path, required=True, help="folder of model.pt, history.csv and run.json")
    parser.add_argument("--graph", type=Path, required=True)
    parser.add_argument("--test", type=Path, required=True)
    parser.add_argument("--title", required=True, help="of the figure")
    parser.add_argument("--threads", type=program.threads, default=1)
    parser.add_argument(
        "--output-folder", type=Path, required=True, help="of predictions.parquet, metrics.json, figure.png"
    )
    args = parser.parse_args(argv)

    torch.set_num_threads(args.threads)
    record = read_record(args.run / "run.json")
    settings = record["identity"] | record["settings"]
    graph = load_message_graph(args.graph)
    model = build_model(settings, graph.num_nodes)
    try:
        model.load_state_dict(load(args.run / "model.pt", "model", ()))
    except RuntimeError as error:
        raise InputError(f"{args.run / 'model.pt'}: not of this graph and code; delete it and run again") from error
    rows = read_pairs(args.test, settings["protocol"])
    pairs = as_nodes(rows, graph)
    check_no_message(args.test, pairs, graph, settings["protocol"])
    predicted = predict(model, graph, pairs, settings["protocol"], settings.get("batch_size", len(pairs)))

    rows = rows.assign(predicted=predicted)
    source = settings["source"]
    title = args.title + tables.source_note(source)
    schema = tables.DIRECTED_PREDICTIONS if "direction" in rows else tables.PREDICTIONS
    tables.write(args.output_folder / "predictions.parquet", rows, schema, source)
    metrics = liking_errors(rows.liking, rows.predicted) | {
        "pairs": len(rows),
        "identity": record["identity"],
        "test_sha256": sha256(args.test),
    }
    write_json(args.output_folder / "metrics.json", metrics)
    history = pd.read_csv(args.run / "history.csv")
    run_figure(args.output_folder / "figure.png", title, history, rows.liking, rows.predicted)
    print(f"{title}: test MSE {metrics['mse']:.5f}, MAE {metrics['mae']:.5f} over {len(rows)} rows")


if __name__ == "__main__":
    program.run(main)
