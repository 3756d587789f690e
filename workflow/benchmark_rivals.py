"""Time what is ours beside what others have for the same, side by side in one run on one core.

An epoch of Table 1's strict networks: beside the same network on DGL's full-neighbour edge sampler, and beside
PyTorch Geometric (requirements-bench.txt) on the whole graph without the batch's edges, since its own sampler needs
compiled extensions. Both rivals get our parameters, and first have to give our loss. Then the 20 best artists for
everybody beside implicit's own recommend, and what part of Table 1's jobs is training. CPU seconds, the least of
several turns. Writes results/benchmarks/rivals.csv. The leaderboard's models are in profile_fits.py.

    python workflow/benchmark_rivals.py [--turns 2]
"""

import argparse
import copy
import csv
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
os.environ.setdefault("DGLBACKEND", "pytorch")  # else DGL asks for it and writes into the home folder

import dgl
import dgl.function as fn
import pandas as pd
import scipy.sparse as sp
import torch
import yaml
from dgl.dataloading import MultiLayerFullNeighborSampler, as_edge_prediction_sampler
from implicit.cpu.als import AlternatingLeastSquares
from torch import Tensor, nn
from torch_geometric.nn import MessagePassing
from torch_geometric.utils import softmax

from lastfm_gnn.data.listens import ListenData
from lastfm_gnn.ranking.scores import Factors, best_artists
from lastfm_gnn.ranking.weights import log_plays
from lastfm_gnn.table1.messages import MessageGraph, strict_neighbourhood, without_pairs
from lastfm_gnn.table1.models import build_model
from lastfm_gnn.table1.models.augmentation import SIGMA
from lastfm_gnn.table1.runs import load_message_graph, load_pairs

OUTPUT = Path("results/benchmarks/rivals.csv")
TOLERANCE = 1e-4  # of a loss, relative


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds of this process."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def coefficient(variant: str, layer: nn.Module, liking: Tensor, attention: Callable[[], Tensor]) -> Tensor:
    """m_ij of eqs. 1 to 5, for the edges of `liking`."""
    if variant == "naive_gcn":
        return torch.ones_like(liking)
    m = liking
    if variant in ("attention", "augmentation"):
        m = m + attention()
    if variant == "augmentation" and layer.training:
        m = m + SIGMA * torch.randn_like(m)
    return m


class OnSampler:
    """A network on DGL's blocks."""

    def __init__(self, model: nn.Module, variant: str, graph: MessageGraph):
        self.model, self.variant, self.graph = model, variant, graph
        self.sampler = as_edge_prediction_sampler(
            MultiLayerFullNeighborSampler(2), exclude="reverse_id", reverse_eids=graph.twin
        )

    def layer(self, layer: nn.Module, block: dgl.DGLGraph, h: Tensor) -> Tensor:
        def attention() -> Tensor:
            of_source, of_target = layer.attention.parts(h)
            with block.local_scope():
                block.srcdata["s"], block.dstdata["t"] = of_source, of_target[: block.num_dst_nodes()]
                block.apply_edges(fn.u_add_v("s", "t", "logit"))
                return dgl.ops.edge_softmax(block, block.edata["logit"][:, None])[:, 0]

        liking = self.graph.liking[block.edata[dgl.EID]]
        with block.local_scope():
            block.srcdata["h"] = h
            block.edata["m"] = coefficient(self.variant, layer, liking, attention)[:, None]
            block.update_all(fn.u_mul_e("h", "m", "x"), fn.sum("x", "o"))
            mean = block.dstdata["o"] / block.in_degrees().clamp(min=1)[:, None]
        return torch.relu(mean @ layer.W)

    def __call__(self, source: Tensor, target: Tensor) -> Tensor:
        edges = self.graph.dgl.edge_ids(source, target)
        _, pairs, blocks = self.sampler.sample(self.graph.dgl, edges)
        h = self.model.embedding
        if h is None:
            h = without_pairs(self.graph, source, target)[1][:, None]
        h = h[blocks[0].srcdata[dgl.NID]]
        for layer, block in zip(self.model.layers, blocks, strict=True):
            h = self.layer(layer, block, h)
        ends = pairs.edges()
        predicted = self.model.decoder(torch.cat([h[ends[0]], h[ends[1]]], dim=1))[:, 0]
        return predicted[torch.argsort(pairs.edata[dgl.EID])][torch.argsort(torch.argsort(edges))]


class Mean(MessagePassing):
    """The mean of m_ij h_j over the edges into each node."""

    def __init__(self) -> None:
        super().__init__(aggr="mean")

    def forward(self, edge_index: Tensor, h: Tensor, m: Tensor) -> Tensor:
        return self.propagate(edge_index, h=h, m=m, size=(len(h), len(h)))

    def message(self, h_j: Tensor, m: Tensor) -> Tensor:
        return h_j * m[:, None]


class OnGeometric:
    """A network on PyTorch Geometric's message passing over all edges but the batch's."""

    def __init__(self, model: nn.Module, variant: str, graph: MessageGraph):
        self.model, self.variant, self.graph, self.mean = model, variant, graph, Mean()
        self.edge_index = torch.stack([graph.source, graph.target])

    def __call__(self, source: Tensor, target: Tensor) -> Tensor:
        absent, degree = without_pairs(self.graph, source, target)
        present = torch.ones(self.graph.num_edges, dtype=torch.bool)
        present[absent] = False
        edges, liking = self.edge_index[:, present], self.graph.liking[present]
        h = degree[:, None] if self.model.embedding is None else self.model.embedding
        for layer in self.model.layers:

            def attention(layer: nn.Module = layer, h: Tensor = h) -> Tensor:
                of_source, of_target = layer.attention.parts(h)
                return softmax(of_source[edges[0]] + of_target[edges[1]], edges[1], num_nodes=len(h))

            m = coefficient(self.variant, layer, liking, attention)
            h = torch.relu(self.mean(edges, h, m) @ layer.W)
        return self.model.decoder(torch.cat([h[source], h[target]], dim=1))[:, 0]


def compare_epochs(config: dict, turns: int) -> list[dict]:
    """An epoch of every strict network, and of both rivals. Ends the program where losses differ."""
    split, training = f"strict_{config['seeds'][0]}", config["liking"]["training"]
    graph = load_message_graph(Path(f"results/graphs/liking/{split}/graph.npz"))
    pairs = load_pairs(Path(f"results/splits/liking/{split}/train.parquet"), graph, "strict")
    rows = []
    for name, network in config["liking"]["networks"].items():
        settings = network | {"predictor": "network", "protocol": "strict", "hidden": training["hidden"]}
        torch.manual_seed(0)
        first = build_model(settings, graph.num_nodes)
        models = [first, copy.deepcopy(first), copy.deepcopy(first)]
        ours, *rivals = models

        def forward(source: Tensor, target: Tensor, model: nn.Module = ours) -> Tensor:
            return model(strict_neighbourhood(graph, source, target))

        ways = {"ours": forward}
        ways["dgl sampler"] = OnSampler(rivals[0], network["variant"], graph)
        ways["geometric"] = OnGeometric(rivals[1], network["variant"], graph)
        batch = pairs[torch.randperm(len(pairs))[: training["batch_size"]]]
        losses = {}
        for (way, predict), model in zip(ways.items(), models, strict=True):
            model.eval()
            with torch.no_grad():
                losses[way] = nn.functional.mse_loss(predict(batch.source, batch.target), batch.liking.float()).item()
            model.train()
        if max(abs(loss / losses["ours"] - 1) for loss in losses.values()) > TOLERANCE:
            sys.exit(f"error: {name}: the losses of equal parameters differ: {losses}")

        def epoch(predict: Callable, optimiser: torch.optim.Optimizer) -> None:
            for part in pairs.batches(training["batch_size"], torch.randperm(len(pairs))):
                loss = nn.functional.mse_loss(predict(part.source, part.target), part.liking.float())
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()

        optimisers = [torch.optim.AdamW(model.parameters(), lr=0.01, fused=True) for model in models]
        cost = {
            way: min(seconds(lambda: epoch(predict, optimiser)) for _ in range(turns))  # noqa: B023
            for (way, predict), optimiser in zip(ways.items(), optimisers, strict=True)
        }
        rows += [row(f"epoch of {name}", "ours", cost["ours"], rival, cost[rival]) for rival in list(ways)[1:]]
    return rows


def row(what: str, one: str, cost: float, other: str, other_cost: float) -> dict:
    made = {"what": what, "one": one, "one_s": cost, "other": other, "other_s": other_cost}
    made["ratio"] = other_cost / cost
    print(f"{what:34s} {one:13s} {cost:8.3f} {other:13s} {other_cost:8.3f} {made['ratio']:7.2f}", flush=True)
    return made


def compare_top(config: dict, turns: int) -> list[dict]:
    """The 20 best artists for everybody."""
    folder = Path(f"results/splits/ranking/strict_{config['leaderboard']['seeds'][0]}")
    names = [Path(f"results/tables/hetrec/{name}.parquet") for name in ("users", "artists")]
    listens = ListenData(*names, 0).plays(folder / "train.parquet")
    model = AlternatingLeastSquares(factors=32, iterations=5, random_state=0, num_threads=1)
    weights = sp.csr_matrix(log_plays(listens))
    model.fit(weights, show_progress=False)
    users = range(listens.shape[0])
    ours = min(
        seconds(lambda: best_artists(Factors(model.user_factors, model.item_factors), listens, 20))
        for _ in range(turns)
    )
    theirs = min(seconds(lambda: model.recommend(users, weights, N=20)) for _ in range(turns))
    return [row("top 20 for everybody", "ours", ours, "implicit", theirs)]


def not_training() -> list[dict]:
    """From Snakemake's records of the jobs of Table 1, where there are any."""
    of_rule: dict[str, float] = {}
    for rule in ("train_model", "evaluate_model", "fit_baseline", "build_graph", "make_splits", "select_model"):
        for path in Path("results/benchmarks", rule).rglob("*.tsv"):
            with path.open(newline="") as file:
                of_rule[rule] = of_rule.get(rule, 0) + sum(
                    float(job["cpu_time"]) for job in csv.DictReader(file, delimiter="\t")
                )
    if "train_model" not in of_rule:
        print("no records of Table 1's jobs: make table1", flush=True)
        return []
    return [row("jobs of Table 1", "all", sum(of_rule.values()), "training", of_rule["train_model"])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(1)
    config = yaml.safe_load(Path("config/config.yaml").read_text())
    print(f"{'what':34s} {'one':13s} {'CPU s':>8s} {'other':13s} {'CPU s':>8s} {'ratio':>7s}", flush=True)
    rows = compare_epochs(config, args.turns) + compare_top(config, args.turns) + not_training()
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_csv(OUTPUT, index=False)


if __name__ == "__main__":
    main()
