"""Score every region for the users of a fold by a model that is fitted, its settings chosen inside the fold.

Of several combinations of --grid, the best is that of the highest accuracy over all labelled users, train and
valid, each predicted from the others' labels in eight parts: the validation part's 763 users alone are too few to
tell. run.json's score on that part alone, by a fit without it, serves to compare models. No test label is an input.

    python workflow/scripts/asia/classify_users.py --users results/tables/asia/users.parquet \\
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
from sklearn.model_selection import KFold

from lastfm_gnn.asia.users import AsiaUsers, UserInputs, write_scores
from lastfm_gnn.core import program
from lastfm_gnn.core.run_record import write_fitted
from lastfm_gnn.data.asia import REGIONS
from lastfm_gnn.metrics.regions import region_scores


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    for name in ("users", "friendships", "embedding", "train", "valid"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--likes", type=Path, help="what users bring; without it, no features")
    parser.add_argument("--features", default="none", help="whose lists are known, for the record")
    parser.add_argument("--model", required=True, help="a file of lastfm_gnn/region_models")
    parser.add_argument("--grid", type=json.loads, default={}, help="JSON: setting -> list of values")
    parser.add_argument("--output-folder", type=Path, required=True, help="of scores.npz, trials.csv and run.json")
    args = parser.parse_args(argv)

    started = time.time()
    users = AsiaUsers(args.users, args.friendships)
    inputs = UserInputs(users.graph, users.embedding(args.embedding), users.likes(args.likes) if args.likes else None)
    train, valid = (users.region_part(path) for path in (args.train, args.valid))
    scores = import_module(f"lastfm_gnn.asia.region_models.{args.model}").scores
    program.check_settings(scores, args.grid, f"region.models.{args.model}.grid")

    def fit(labels: np.ndarray, settings: dict) -> np.ndarray:
        return scores(inputs, labels, REGIONS, **settings)

    labels = users.labels(train, valid)
    known = np.flatnonzero(labels >= 0)
    parts = [known[part] for _, part in KFold(8, shuffle=True, random_state=0).split(known)]
    combinations = [dict(zip(args.grid, values, strict=True)) for values in itertools.product(*args.grid.values())]
    trials = []
    for settings in combinations if len(combinations) > 1 else []:
        predicted = labels.copy()
        for part in parts:
            hidden = labels.copy()
            hidden[part] = -1
            predicted[part] = fit(hidden, settings)[part].argmax(1)
        found = region_scores(labels[known], predicted[known])
        trials.append(settings | {f"valid_labelled_{name}": value for name, value in found.items()})
    trials = trials or [dict(combinations[0])]
    best = max(range(len(trials)), key=lambda trial: trials[trial].get("valid_labelled_accuracy", 0))
    valid_scores = fit(users.labels(train), combinations[best])[valid.rows]
    found = region_scores(valid.region, valid_scores.argmax(1))
    trials[best] |= {f"valid_{name}": value for name, value in found.items()}
    scored = users.others(np.ones(len(users), dtype=bool), train, valid)
    final = fit(labels, combinations[best])[scored]

    write_scores(
        args.output_folder / "scores.npz", users.user_id[scored], final, users.user_id[valid.rows], valid_scores
    )
    settings = {"features": args.features, "variant": args.model, **combinations[best]}
    write_fitted(args.output_folder, settings, trials, best, [args.train, args.valid], started)


if __name__ == "__main__":
    program.run(main)
