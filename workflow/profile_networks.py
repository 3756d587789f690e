"""Where an epoch of Table 1's networks spends its time, under every protocol, on one core of the first seed's splits.

For each: CPU milliseconds a batch, parted among kinds of operations by the shares that torch's profiler gives, and,
as a physical limit, those of reading and writing once what the products with the graph's matrix need, at the speed
at which this core copies memory. Writes results/benchmarks/profile.csv.

    python workflow/profile_networks.py
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import pandas as pd
import torch
import yaml
from torch.profiler import ProfilerActivity, profile

from lastfm_gnn.core.memory import keep_freed_memory
from lastfm_gnn.table1.batches import neighbourhoods
from lastfm_gnn.table1.models import build_model
from lastfm_gnn.table1.protocols import PROTOCOLS
from lastfm_gnn.table1.runs import load_message_graph, load_pairs
from lastfm_gnn.table1.training import train_epoch

OUTPUT = Path("results/benchmarks/profile.csv")
BATCHES = 8
KINDS = {  # by the start of an operation's name; the rest is "other"
    "products": ("aten::addmm", "aten::mm", "aten::sparse_sampled_addmm"),
    "indexing": ("aten::index", "aten::scatter", "aten::searchsorted", "aten::bincount", "aten::nonzero"),
    "softmax": ("EdgeSoftmax", "aten::_softmax"),
    "noise": ("aten::normal_",),
    "relu": ("aten::relu_", "aten::threshold_backward", "aten::clamp_min_"),
    "optimiser": ("aten::_fused_adamw_", "Optimizer"),
}


def kind(name: str) -> str:
    return next((kind for kind, starts in KINDS.items() if name.startswith(starts)), "other")


def bytes_a_millisecond() -> float:
    """Read and written by a copy of an array larger than the caches, the best of several."""
    array = torch.ones(2**25)
    copied = array.clone()
    best = 0.0
    for _ in range(5):
        started = time.process_time()
        copied.copy_(array)
        best = max(best, 2 * array.nbytes / (1e3 * (time.process_time() - started)))
    return best


def widths(settings: dict) -> list[int]:
    """Columns of the states that each layer's messages carry."""
    if settings["input"] == "embedding":
        return [settings["hidden"]] * 2
    in_factors = settings["protocol"] == "strict" and settings["variant"] != "augmentation"
    return [1, 2 if in_factors else settings["hidden"]]


def product_bytes(edges: int, nodes: int, columns: list[int]) -> int:
    """Of one product for each layer, forward and back: a value and a column of 4 bytes for each edge, and the states
    read and written once."""
    return sum(2 * (8 * edges + 2 * 4 * nodes * width) for width in columns)


def main() -> None:
    torch.set_num_threads(1)
    keep_freed_memory()
    config = yaml.safe_load(Path("config/config.yaml").read_text())
    training, seed = config["liking"]["training"], config["seeds"][0]
    speed = bytes_a_millisecond()
    rows = []
    print(f"memory is read and written at {speed / 1e6:.1f} GB/s; CPU milliseconds a batch:", flush=True)
    for protocol, rules in PROTOCOLS.items():
        split = f"{rules.split}_{seed}"
        graph = load_message_graph(Path(f"results/graphs/liking/{split}/graph.npz"))
        pairs = load_pairs(Path(f"results/splits/liking/{split}/train.parquet"), graph, protocol)
        neighbourhood = neighbourhoods(graph, protocol, "all")
        pairs = pairs[torch.randperm(len(pairs))[: BATCHES * training["batch_size"]]]
        for name, network in config["liking"]["networks"].items():
            if protocol != "strict" and "published_decay" not in network:
                continue
            settings = network | {"predictor": "network", "protocol": protocol, "hidden": training["hidden"]}
            model = build_model(settings, graph.num_nodes)
            optimiser = torch.optim.AdamW(model.parameters(), lr=training["learning_rate"], fused=True)
            train_epoch(model, neighbourhood, pairs, training["batch_size"], optimiser)  # what the first one imports
            started = time.process_time()
            train_epoch(model, neighbourhood, pairs, training["batch_size"], optimiser)
            cost = 1e3 * (time.process_time() - started) / BATCHES
            with profile(activities=[ProfilerActivity.CPU]) as profiler:
                train_epoch(model, neighbourhood, pairs, training["batch_size"], optimiser)
            row = dict.fromkeys([*KINDS, "other"], 0.0)
            for event in profiler.key_averages():
                row[kind(event.key)] += event.self_cpu_time_total
            total = sum(row.values())
            row = {part: cost * value / total for part, value in row.items()} | {"sum": cost}
            row["limit"] = product_bytes(graph.num_edges, graph.num_nodes, widths(settings)) / speed
            rows.append({"protocol": protocol, "network": name, **row})
            parts = " ".join(f"{part} {value:.1f}" for part, value in row.items())
            print(f"{protocol:15s} {name:24s} {parts}", flush=True)
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_csv(OUTPUT, index=False)


if __name__ == "__main__":
    main()
