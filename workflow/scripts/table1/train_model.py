"""Train one variant on one split and keep the epoch that does best on the validation part.

    python workflow/scripts/table1/train_model.py --graph results/graphs/liking/strict_0/graph.npz \\
        --train results/splits/liking/strict_0/train.parquet --valid results/splits/liking/strict_0/valid.parquet \\
        --variant attention --input degree --protocol strict --seed 0 --decay 0.9 --output-folder my_run
"""

import argparse
import sys
import time
from pathlib import Path

import torch

from lastfm_gnn.core import processes, program
from lastfm_gnn.core.device import resolve
from lastfm_gnn.core.program import InputError
from lastfm_gnn.core.run_record import add_identity
from lastfm_gnn.core.saved_training import SavedTraining
from lastfm_gnn.data import tables
from lastfm_gnn.table1.batches import batch_pairs, read_neighbours
from lastfm_gnn.table1.models import build_model
from lastfm_gnn.table1.protocols import PROTOCOLS
from lastfm_gnn.table1.runs import check_no_message, load_message_graph, load_pairs, write_run
from lastfm_gnn.table1.training import train


def report(row: dict) -> None:
    """One plain line an epoch."""
    print(
        f"epoch {row['epoch']}: train MSE {row['train_mse']:.5f}, valid MSE {row['valid_mse']:.5f},"
        f" valid MAE {row['valid_mae']:.5f}",
        file=sys.stderr,
    )


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--graph", type=Path, required=True)
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--valid", type=Path, required=True)
    parser.add_argument("--variant", required=True, help="a file of lastfm_gnn/table1/models")
    parser.add_argument("--input", choices=["degree", "embedding"], required=True)
    parser.add_argument("--protocol", choices=sorted(PROTOCOLS), required=True)
    parser.add_argument("--seed", type=program.seed, required=True)
    parser.add_argument("--decay", type=program.amount, required=True, help="of the learning rate, after every epoch")
    parser.add_argument("--hidden", type=program.width, default=64)
    parser.add_argument("--epochs", type=program.positive, default=20)
    parser.add_argument("--batch-size", type=program.positive, default=4096, help="target edges; fewer on small data")
    parser.add_argument(
        "--neighbours",
        type=read_neighbours,
        default="auto",
        help="auto: all, in larger batches of larger data; all; or the most that are drawn in either layer, as 10,10",
    )
    parser.add_argument("--learning-rate", type=program.amount, default=0.01)
    parser.add_argument("--weight-decay", type=program.amount, default=0.01)
    parser.add_argument("--threads", type=program.threads, default=1)
    parser.add_argument(
        "--processes",
        type=program.threads,
        default=1,
        help="each scores its part of every batch; for drawn neighbours alone",
    )
    program.add_device(parser)
    add_identity(parser)
    parser.add_argument("--output-folder", type=Path, required=True, help="of model.pt, history.csv and run.json")
    args = parser.parse_args(argv)
    if args.processes > 1 and isinstance(args.neighbours, str):
        raise InputError(
            f"--processes {args.processes} with --neighbours {args.neighbours}: each would pass messages over the"
            " whole graph; give --processes 1, or how many neighbours are drawn, such as --neighbours 10,10"
        )
    if args.processes > 1 and args.device == "cuda":
        raise InputError(f"--processes {args.processes} with --device cuda: only CPUs are shared; give --processes 1")
    processes.call(fit, args, args.processes)


def fit(args: argparse.Namespace) -> None:
    started, device = time.time(), resolve(args.device if args.processes == 1 else "cpu")
    torch.set_num_threads(args.threads)
    identity = args.identity | {"predictor": "network", "source": tables.source_of(args.train, args.valid)}
    identity |= {name: getattr(args, name) for name in ("variant", "protocol", "seed")}
    shape = {"input": args.input, "hidden": args.hidden, "processes": args.processes}
    schedule = {
        name: getattr(args, name)
        for name in ("decay", "epochs", "batch_size", "neighbours", "learning_rate", "weight_decay")
    }
    tables.expect_apart(args.train, args.valid)
    graph = load_message_graph(args.graph, device)
    schedule["batch_size"] = batch_pairs(graph, args.batch_size, args.neighbours)
    valid = load_pairs(args.valid, graph, args.protocol)
    check_no_message(args.valid, valid, graph, args.protocol)
    torch.manual_seed(args.seed)
    if args.protocol == "published":
        # In the authors' code one stream of random numbers serves the split, then the training.
        torch.randperm(graph.num_edges)
    model = build_model(identity | shape, graph.num_nodes).to(device)
    settings = identity | shape | schedule | {"device": device.type}
    saved_training = SavedTraining(args.output_folder, settings, [args.graph, args.train, args.valid])
    state, history = train(
        model,
        graph,
        load_pairs(args.train, graph, args.protocol),
        valid,
        protocol=args.protocol,
        report=report,
        saved_training=saved_training,
        **schedule,
    )
    if processes.number():
        return
    write_run(args.output_folder, identity, shape | schedule, state, history, [args.train, args.valid], started)
    saved_training.end()


if __name__ == "__main__":
    program.run(main)
