"""Blend several models' liking scores of one split: a weighted sum, no weight negative, best on validation.

Its members are those of all its models together, one of a model that has no such setting.

    runs=results/runs/liking/scores
    python workflow/scripts/liking/blend_liking.py --valid results/splits/liking/strict_0/valid.parquet \\
        --models edge_network boosted_trees --scores $runs/edge_network/strict_0/scores.parquet \\
        $runs/boosted_trees/strict_0/scores.parquet --output-folder my_run
"""

import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from lastfm_gnn.core import program
from lastfm_gnn.core.program import InputError
from lastfm_gnn.core.run_record import add_identity, read_record, write_fitted
from lastfm_gnn.data import tables
from lastfm_gnn.metrics.errors import liking_errors

PAIR = ["user_id", "artist_id"]


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--valid", type=Path, required=True)
    parser.add_argument("--models", nargs="+", required=True, help="names, for the record")
    parser.add_argument(
        "--scores", type=Path, nargs="+", required=True, help="scores.parquet of each, beside its run.json"
    )
    add_identity(parser)
    parser.add_argument("--output-folder", type=Path, required=True, help="of scores.parquet, trials.csv, run.json")
    args = parser.parse_args(argv)

    started = time.time()
    if len(args.models) != len(args.scores):
        raise InputError(f"{len(args.models)} models but {len(args.scores)} files of scores; give one each")
    parts = [tables.read(path, tables.SCORES).set_index([*PAIR, "part"]).predicted for path in args.scores]
    scores = pd.concat(parts, axis=1, keys=args.models)
    if scores.isna().any(axis=None):
        raise InputError(f"{args.scores[0]} and another file score other pairs; delete them and run again")
    valid = tables.read(args.valid, tables.PAIRS)
    known = scores.xs("valid", level="part").loc[pd.MultiIndex.from_frame(valid[PAIR])].to_numpy()
    weights, _ = nnls(known, valid.liking.to_numpy())

    source = tables.source_of(args.valid, *args.scores)
    rows = scores.reset_index()[[*PAIR, "part"]].assign(predicted=scores.to_numpy() @ weights)
    tables.write(args.output_folder / "scores.parquet", rows, tables.SCORES, source)
    chosen = {f"weight_{model}": float(weight) for model, weight in zip(args.models, weights, strict=True)}
    errors = liking_errors(valid.liking, np.asarray(known @ weights))
    members = sum(read_record(path.with_name("run.json"))["settings"].get("members", 1) for path in args.scores)
    trials = [{"members": members} | chosen | {f"valid_{name}": value for name, value in errors.items()}]
    identity = args.identity | {"variant": "blend", "source": source}
    write_fitted(args.output_folder, identity, trials, 0, [args.valid], started)


if __name__ == "__main__":
    program.run(main)
