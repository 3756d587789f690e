"""Score every region for every user by a model of the friendship graph, its settings chosen on validation.

Every combination of --grid is tried with the training labels and measured on the validation part; the best (the
first of equals) is then given the training and the validation labels. No test label is an input.

    python workflow/scripts/classify_users.py --users results/tables/asia/users.parquet \\
        --friendships results/tables/asia/friendships.parquet --embedding results/embeddings/asia/netmf.npy \\
        --train results/splits/region/fold_0/train.parquet --valid results/splits/region/fold_0/valid.parquet \\
        --model label_propagation --grid '{"alpha": [0.6, 0.7, 0.8]}' --output-folder my_run
"""

import itertools
import json
import time
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd

from lastfm_gnn import program, tables
from lastfm_gnn.asia import REGIONS
from lastfm_gnn.files import sha256, whole, write_json
from lastfm_gnn.friendships import FriendGraph
from lastfm_gnn.git import git_commit
from lastfm_gnn.region_metrics import region_scores


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    for name in ("users", "friendships", "embedding", "train", "valid"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--model", required=True, help="a file of lastfm_gnn/region_models")
    parser.add_argument("--grid", type=json.loads, default={}, help="JSON: setting -> list of values")
    parser.add_argument("--output-folder", type=Path, required=True, help="of scores.npy, trials.csv and run.json")
    args = parser.parse_args(argv)

    started = time.time()
    user_id = tables.read(args.users, tables.ASIA_USERS).user_id.to_numpy()
    graph = FriendGraph(user_id, tables.read(args.friendships, tables.FRIENDSHIPS))
    embedding = np.load(args.embedding)
    parts = [tables.read(path, tables.USER_REGIONS) for path in (args.train, args.valid)]
    scores = import_module(f"lastfm_gnn.region_models.{args.model}").scores
    program.check_settings(scores, args.grid, f"region.{args.model}.grid")

    def labels(known: pd.DataFrame) -> np.ndarray:
        found = np.full(len(user_id), -1)
        found[np.searchsorted(user_id, known.user_id)] = known.region
        return found

    valid_rows = np.searchsorted(user_id, parts[1].user_id)
    trials = []
    for values in itertools.product(*args.grid.values()):
        settings = dict(zip(args.grid, values, strict=True))
        found = scores(graph, embedding, labels(parts[0]), REGIONS, **settings)[valid_rows]
        trials.append(
            settings | {f"valid_{k}": v for k, v in region_scores(parts[1].region, found.argmax(1)).items()}
        )
    best = max(trials, key=lambda trial: trial["valid_accuracy"])
    chosen = {name: best[name] for name in args.grid}
    final = scores(graph, embedding, labels(pd.concat(parts)), REGIONS, **chosen)

    with whole(args.output_folder / "scores.npy") as temporary, temporary.open("wb") as file:
        np.save(file, final)
    with whole(args.output_folder / "trials.csv") as temporary:
        pd.DataFrame(trials).to_csv(temporary, index_label="trial")
    write_json(
        args.output_folder / "run.json",
        {
            "settings": {
                "kind": "label_model",
                "data": "official",
                "features": "none",
                "variant": args.model,
                **chosen,
            },
            "valid": {name: best[f"valid_{name}"] for name in ("accuracy", "macro_f1")},
            "trials": len(trials),
            "data_sha256": {path.name: sha256(path) for path in (args.train, args.valid)},
            "git_commit": git_commit(),
            "started": started,
            "seconds": time.time() - started,
        },
    )
    print(f"{args.model}: {chosen}, valid accuracy {best['valid_accuracy']:.4f}, the best of {len(trials)}")


if __name__ == "__main__":
    program.run(main)
