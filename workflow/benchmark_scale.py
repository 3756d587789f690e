"""Time the stages that grow with the listens alone, on made-up listens of several sizes with long tails.

Each stage runs as a script of its own on one core. Writes results/benchmarks/scale.csv (CPU seconds and peak memory
of each stage and size) and scale.png beside it, and prints the table.

    python workflow/benchmark_scale.py [--rows 200000 2000000 20000000] [--until build_own_tables]
"""

import argparse
import json
import sys
import tempfile
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from benchmark import measure

OUTPUT = Path("results/benchmarks")
USER_LISTENS, ARTIST_LISTENS = 49, 58  # rows a user and an artist, as HetRec has them, or nearly
BIASES = {"user_shrinkage": [2], "artist_shrinkage": [15]}
LIKING_MODELS = {
    "bias": BIASES,
    "matrix_factorisation": BIASES | {"dimensions": [8], "penalty": [2]},
    "factorisation_machine": {
        **{"dimensions": [4], "bias_penalty": [3], "penalty": [2], "learning_rate": [0.01], "steps": [20]},
        "members": [1],
    },
    "item_knn": BIASES | {"neighbours": [20], "shrinkage": [2]},
    "edge_network": {
        **{"kernels": [1], "hidden": [128], "dropout": [0.25], "steps": [20], "learning_rate": [0.008]},
        **{"weight_decay": [0.03], "members": [1], "width": [16], "rounds": [1], "heads": [4]},
    },
}
RANKING_MODELS = {
    "popularity": {},
    "als": {"factors": [32], "regularisation": [100], "confidence": [20], "sweeps": [5]},
    "ease": {"ridge": [20], "damping": [0.25], "popularity": [0.15]},
    "graph_filter": {"cut": [180], "order": [3], "damping": [0.25], "popularity": [0.13], "friends": [0]},
    "item_knn": {"neighbours": [100], "shrinkage": [10], "exponent": [1]},
    "rival_ranker": {
        **{"candidates": [100], "folds": [6], "hidden": [32], "dropout": [0.3], "learning_rate": [0.005]},
        **{"weight_decay": [0.01], "epochs": [14], "members": [1]},
    },
    "lightgcn": {"dimensions": [32], "layers": [2], "learning_rate": [0.02], "weight_decay": [0.0001], "steps": [20]},
}
BLOCK = 1 << 22  # rows at a time
COLOURS = 10  # of matplotlib, before the first comes again
ONE_CORE = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def write_listens(rows: int, path: Path) -> int:
    """A CSV of users, artists and counts in a random order, of which a few artists have most; how many rows it has
    without repeated pairs, which are left out."""
    random = np.random.default_rng(0)
    users, artists = (max(50, rows // each) for each in (USER_LISTENS, ARTIST_LISTENS))
    pairs = random.integers(users, size=rows) * artists
    for start in range(0, rows, BLOCK):
        part = pairs[start : start + BLOCK]
        part += (random.pareto(0.9, len(part)) * 30).astype(np.int64) % artists
    pairs.sort()
    pairs = pairs[np.flatnonzero(np.diff(pairs, prepend=-1))]
    random.shuffle(pairs)
    names = ("user", "artist", "count")
    with pa.csv.CSVWriter(path, pa.schema([(name, pa.int64()) for name in names])) as file:
        for start in range(0, len(pairs), BLOCK):
            user, artist = np.divmod(pairs[start : start + BLOCK], artists)
            count = (random.pareto(1, len(user)) * 20).astype(np.int64).clip(max=10**6) + 1
            file.write(pa.table([user, artist, count], names))
    return len(pairs)


def stages(folder: Path) -> dict[str, list[str]]:
    """The command of every stage, in their order."""
    names = [f"--{name}={folder}/tables/{name}.parquet" for name in ("users", "artists")]
    of_ranking = [f"--{part}={folder}/ranking/{part}.parquet" for part in ("train", "valid")]
    of_liking = [f"--{part}={folder}/liking/{part}.parquet" for part in ("train", "valid", "queries")]
    test = f"--test={folder}/ranking/test.parquet"
    listens = f"--listens={folder}/tables/listens.parquet"
    graph = f"--graph={folder}/graph.npz"
    network = ["--variant=edge_weight", "--input=degree", "--protocol=strict"]
    network += ["--seed=0", "--decay=0.9", "--epochs=1"]
    commands = {
        "data/count_listens": [
            f"--listens={folder}/listens.csv",
            f"--counts={folder}/counts.arrow",
            f"--mbids={folder}/mbids.parquet",
        ],
        "data/build_own_tables": [
            f"--counts={folder}/counts.arrow",
            f"--mbids={folder}/mbids.parquet",
            f"--output-folder={folder}/tables",
        ],
        "liking/make_splits": [listens, "--protocol=strict", "--seed=0", f"--output-folder={folder}/liking"],
        "table1/build_graph": [*names, f"--pairs={folder}/liking/train.parquet", f"--output={folder}/graph.npz"],
        "table1/train_model edge_weight": [graph, *of_liking[:2], *network, f"--output-folder={folder}/edge_weight"],
        "ranking/make_ranking_splits": [listens, "--seed=0", f"--output-folder={folder}/ranking"],
    }
    for model, grid in RANKING_MODELS.items():
        options = [f"--model={model}", "--league=listens", "--seed=0", f"--grid={json.dumps(grid)}"]
        commands[f"ranking/rank_listens {model}"] = [*names, *of_ranking, *options, f"--output-folder={folder}/best"]
    best = f"--best={folder}/best/best.parquet"
    commands["ranking/evaluate_ranking"] = [best, names[1], *of_ranking, test, f"--output-folder={folder}/best"]
    for model, grid in LIKING_MODELS.items():
        options = [f"--model={model}", "--seed=0", f"--grid={json.dumps(grid)}", f"--output-folder={folder}/{model}"]
        commands[f"liking/predict_liking {model}"] = [*names, *of_liking, *options]
    return commands


def draw(table: pd.DataFrame, path: Path) -> None:
    """CPU seconds and memory of every stage over the number of listens, on logarithmic axes."""
    figure, axes = plt.subplots(1, 2, figsize=(10, 4.5), layout="constrained")
    for axis, column, label in zip(axes, ("seconds", "mib"), ("CPU seconds", "peak memory, MiB"), strict=True):
        for number, (stage, rows) in enumerate(table.groupby("stage", sort=False)):
            line = "-" if number < COLOURS else "--"
            axis.plot(rows.listens, rows[column], marker="o", linestyle=line, label=stage)
        axis.set(xscale="log", yscale="log", xlabel="listens (generated)", ylabel=label)
    axes[1].legend(fontsize="small")
    figure.savefig(path)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[200_000, 2_000_000, 20_000_000])
    parser.add_argument("--until", help="the last stage to run, as it is printed; writes nothing")
    args = parser.parse_args()
    rows = []
    OUTPUT.mkdir(parents=True, exist_ok=True)
    print(f"{'stage':32s} {'listens':>10s} {'CPU s':>8s} {'peak MiB':>9s} {'µs a listen':>12s}", flush=True)
    for size in args.rows:
        with tempfile.TemporaryDirectory() as folder:
            with get_context("spawn").Pool(1) as apart:  # a stage's peak is never below what its parent once had
                listens = apart.apply(write_listens, (size, Path(folder, "listens.csv")))
            for stage, options in stages(Path(folder)).items():
                script, *model = stage.split()
                cost = measure([sys.executable, f"workflow/scripts/{script}.py", *options], **ONE_CORE)
                name = " ".join([Path(script).name, *model])
                rows.append({"stage": name, "listens": listens, "seconds": cost.cpu, "mib": cost.memory})
                each = 1e6 * cost.cpu / listens
                print(f"{name:32s} {listens:10d} {cost.cpu:8.1f} {cost.memory:9.0f} {each:12.1f}", flush=True)
                if name == args.until:
                    break
                if not args.until:  # what is measured is kept if a later stage is ended
                    table = pd.DataFrame(rows)
                    table.to_csv(OUTPUT / "scale.csv", index=False)
                    draw(table, OUTPUT / "scale.png")


if __name__ == "__main__":
    main()
