"""Train one published network twice from one seed, the second time from weights changed by a millionth.

A seed draws the split and then the training, as in the authors' code. Every epoch is measured on validation and on
test, which chooses nothing: from both come the spread of a published figure and what a peek at test would gain. Each
row also has the share of each layer's units that are dead: 0 at every node that is scored.

    python workflow/scripts/table1/measure_spread.py --graph results/graphs/liking/published_0/graph.npz \\
        --split results/splits/liking/published_0 --variant attention --seed 0 --decay 0.8 --output my_spread.csv
"""

import argparse
import sys
from pathlib import Path

import pandas as pd
import torch
from torch import nn

from lastfm_gnn.core import program
from lastfm_gnn.core.device import resolve
from lastfm_gnn.core.files import whole
from lastfm_gnn.data import tables
from lastfm_gnn.metrics.errors import liking_errors
from lastfm_gnn.table1.batches import batch_pairs
from lastfm_gnn.table1.messages import MessageGraph
from lastfm_gnn.table1.models import build_model
from lastfm_gnn.table1.runs import load_message_graph, load_pairs
from lastfm_gnn.table1.training import DirectedPairs, predict, train

PERTURBATIONS = (0.0, 1e-6)


def perturb(model: nn.Module, share: float, seed: int) -> None:
    """Multiply every weight by 1 + share · n, n ~ N(0, 1)."""
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(1 + share * torch.randn(weight.shape, generator=random))


class DeadUnits:
    """The share of each layer's units that are 0 in every row of the outputs (R, hidden) since the last `forget`."""

    def __init__(self, layers: nn.Module):
        self.alive: list[torch.Tensor | None] = [None for _ in layers.children()]
        for number, layer in enumerate(layers.children()):
            layer.register_forward_hook(lambda *call, number=number: self.look(number, call[-1]))

    def forget(self) -> None:
        self.alive = [None] * len(self.alive)

    def look(self, number: int, output: torch.Tensor) -> None:
        alive, earlier = (output != 0).any(0), self.alive[number]
        self.alive[number] = alive if earlier is None else alive | earlier

    @property
    def shares(self) -> list[float]:
        return [float((~alive).float().mean()) for alive in self.alive if alive is not None]


def measured_training(
    args: argparse.Namespace, graph: MessageGraph, parts: dict[str, DirectedPairs], perturbation: float
) -> list[dict]:
    """A row an epoch: the history, errors on test, and shares of dead units."""
    batch_size = batch_pairs(graph, args.batch_size, args.neighbours)
    torch.manual_seed(args.seed)
    torch.randperm(graph.num_edges)  # as train_model: one stream serves the authors' split, then the training
    settings = {"predictor": "network", "variant": args.variant, "input": args.input, "protocol": "published"}
    model = build_model(settings | {"hidden": args.hidden}, graph.num_nodes)
    if perturbation:
        perturb(model, perturbation, args.seed)
    model.to(graph.device)
    dead = DeadUnits(model.get_submodule("layers"))

    def measure(row: dict) -> None:
        dead.forget()
        predicted = predict(model, graph, parts["test"], "published", batch_size)
        errors = liking_errors(parts["test"].liking.cpu().numpy(), predicted)
        row |= {f"test_{name}": value for name, value in errors.items()}
        row["test_variance"] = float(parts["test"].liking.var(correction=0))
        row |= {f"dead_units_{layer}": share for layer, share in enumerate(dead.shares, 1)}

    _, history = train(
        model,
        graph,
        parts["train"],
        parts["valid"],
        protocol="published",
        epochs=args.epochs,
        batch_size=batch_size,
        neighbours=args.neighbours,
        learning_rate=args.learning_rate,
        weight_decay=args.weight_decay,
        decay=args.decay,
        report=measure,
    )
    return history


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--graph", type=Path, required=True)
    parser.add_argument("--split", type=Path, required=True, help="folder of the published split's parts")
    parser.add_argument("--variant", required=True, help="a file of lastfm_gnn/table1/models")
    parser.add_argument("--input", choices=["degree", "embedding"], default="degree")
    parser.add_argument("--seed", type=program.seed, required=True)
    parser.add_argument("--decay", type=program.amount, required=True, help="of the learning rate, after every epoch")
    parser.add_argument("--hidden", type=program.width, default=64)
    parser.add_argument("--epochs", type=program.positive, default=20)
    parser.add_argument("--batch-size", type=program.positive, default=4096, help="target edges; fewer on small data")
    parser.add_argument(
        "--neighbours", choices=["auto", "all"], default="auto", help="auto: larger batches of larger data"
    )
    parser.add_argument("--learning-rate", type=program.amount, default=0.01)
    parser.add_argument("--weight-decay", type=program.amount, default=0.01)
    program.add_device(parser)
    parser.add_argument("--threads", type=program.threads, default=1)
    parser.add_argument("--output", type=Path, required=True, help="CSV: a row an epoch of either training")
    args = parser.parse_args(argv)

    torch.set_num_threads(args.threads)
    graph = load_message_graph(args.graph, resolve(args.device))
    parts = {
        part: load_pairs(args.split / f"{part}.parquet", graph, "published") for part in ("train", "valid", "test")
    }
    frames = []
    for perturbation in PERTURBATIONS:
        history = pd.DataFrame(measured_training(args, graph, parts, perturbation))
        frames.append(history.assign(perturbation=perturbation))
        best = history.loc[history.valid_mse.idxmin()]
        print(
            f"{args.variant}, seed {args.seed}, weights changed by {perturbation:g}: test MSE {best.test_mse:.5f} at"
            f" the best validation epoch, {int(best.epoch)}",
            file=sys.stderr,
        )
    rows = pd.concat(frames).assign(seed=args.seed, source=tables.source_of(args.split / "train.parquet"))
    with whole(args.output) as temporary:
        rows.set_index(["seed", "perturbation", "epoch"]).to_csv(temporary)


if __name__ == "__main__":
    program.run(main)
