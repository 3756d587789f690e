"""Fit one trivial predictor to the training part of one split.

    python workflow/scripts/table1/fit_baseline.py --graph results/graphs/liking/strict_0/graph.npz \\
        --train results/splits/liking/strict_0/train.parquet --valid results/splits/liking/strict_0/valid.parquet \\
        --variant bias --protocol strict --settings '{"user_shrinkage": 1, "artist_shrinkage": 5}' \\
        --output-folder my_run
"""

import time
from pathlib import Path

import torch

from lastfm_gnn.core import program
from lastfm_gnn.core.run_record import add_identity
from lastfm_gnn.core.settings import read_settings
from lastfm_gnn.data import tables
from lastfm_gnn.metrics.errors import liking_errors
from lastfm_gnn.table1.models import model_part
from lastfm_gnn.table1.models.node_bias import NodeBias
from lastfm_gnn.table1.protocols import PROTOCOLS
from lastfm_gnn.table1.runs import load_message_graph, load_pairs, write_run
from lastfm_gnn.table1.training import predict


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--graph", type=Path, required=True, help="numbers the nodes; its edges are not used")
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--valid", type=Path, required=True, help="measured, not fitted to")
    parser.add_argument("--variant", required=True, help="a file of lastfm_gnn/liking/baselines")
    parser.add_argument("--protocol", choices=sorted(PROTOCOLS), required=True)
    parser.add_argument(
        "--settings", type=program.json_object, default={}, help="a JSON object, passed to the file's fit()"
    )
    add_identity(parser)
    parser.add_argument("--output-folder", type=Path, required=True, help="of model.pt, history.csv and run.json")
    args = parser.parse_args(argv)

    started = time.time()
    identity = args.identity | {"predictor": "baseline", "source": tables.source_of(args.train, args.valid)}
    identity |= {"variant": args.variant, "protocol": args.protocol}
    tables.expect_apart(args.train, args.valid)
    graph = load_message_graph(args.graph)
    train, valid = (load_pairs(path, graph, args.protocol) for path in (args.train, args.valid))
    forward = graph.arrays.is_user[train.source]
    user = torch.where(forward, train.source, train.target).numpy()
    artist = torch.where(forward, train.target, train.source).numpy()
    fit, settings_class = (
        model_part("lastfm_gnn.liking.baselines", args.variant, name) for name in ("fit", "Settings")
    )
    settings = read_settings(settings_class, args.settings, f"config: liking.baselines.{args.variant}")
    offset, bias = fit(user, artist, train.liking.numpy(), graph.num_nodes, settings)

    model = NodeBias(graph.num_nodes)
    model.offset.fill_(float(offset))
    model.bias.copy_(torch.as_tensor(bias))
    row: dict[str, float | None] = {"epoch": 1, "learning_rate": None}
    for part, pairs in (("train", train), ("valid", valid)):
        errors = liking_errors(pairs.liking.numpy(), predict(model, graph, pairs, args.protocol, len(pairs)))
        row |= {f"{part}_{name}": value for name, value in errors.items()}
    write_run(
        args.output_folder,
        identity,
        args.settings,
        model.state_dict(),
        [row],
        [args.train, args.valid],
        started,
    )


if __name__ == "__main__":
    program.run(main)
