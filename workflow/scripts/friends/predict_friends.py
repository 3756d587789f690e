"""Score who may be friends by one model on the training friendships of a split.

Settings are chosen among those of --grid by the validation friendships' mean reciprocal rank. Of the test part only
the candidates are an input, which do not tell who is hidden.

    split=results/splits/friends_asia/strict_0
    python workflow/scripts/friends/predict_friends.py --users results/tables/asia/users.parquet \\
        --train $split/train.parquet --valid $split/valid.parquet --strangers $split/strangers.parquet \\
        --candidates $split/candidates.parquet --model adamic_adar --seed 0 --output-folder my_run
"""

import itertools
import json
import time
from importlib import import_module
from pathlib import Path

import numpy as np

from lastfm_gnn.core import program
from lastfm_gnn.core.numbering import Numbering
from lastfm_gnn.core.run_record import write_fitted
from lastfm_gnn.data import tables
from lastfm_gnn.data.friendships import FriendGraph
from lastfm_gnn.metrics.friends import friend_scores


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    for name in ("users", "train", "valid", "strangers", "candidates"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--model", required=True, help="a file of lastfm_gnn/friends/models")
    parser.add_argument("--grid", type=json.loads, default={}, help="JSON: setting -> list of values")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--data", default="official", help="what the friendships are of, for the record")
    parser.add_argument("--output-folder", type=Path, required=True, help="of scores.parquet, trials.csv, run.json")
    args = parser.parse_args(argv)

    started = time.time()
    user_id = tables.read(args.users, tables.USERS, tables.ASIA_USERS).user_id.to_numpy()
    users = Numbering(user_id, np.random.default_rng([args.seed, 1]), "user")
    train, valid = (tables.read(path, tables.FRIENDSHIPS) for path in (args.train, args.valid))
    candidates = tables.read(args.candidates, tables.CANDIDATES)
    strangers = tables.read(args.strangers, tables.STRANGERS)
    numbered = train.apply(users.numbers)
    graph = FriendGraph(np.arange(len(users)), numbered)
    pairs = np.column_stack([users.numbers(candidates.user_id), users.numbers(candidates.friend_id)])
    scores = import_module(f"lastfm_gnn.friends.models.{args.model}").scores
    program.check_settings(scores, args.grid, f"leaderboard.friends.models.{args.model}.grid")

    trials, found = [], []
    for values in itertools.product(*args.grid.values()):
        settings = dict(zip(args.grid, values, strict=True))
        found.append(candidates.assign(score=scores(graph, pairs, args.seed, **settings)))
        rows = friend_scores(found[-1], valid, train, strangers[strangers.part == "valid"])
        trials.append(settings | {f"valid_{name}": float(rows[name].mean()) for name in ("mrr", "auc", "mrr_hard")})
        print(f"{settings}: valid MRR {trials[-1]['valid_mrr']:.4f}", flush=True)
    best = max(range(len(trials)), key=lambda trial: trials[trial]["valid_mrr"])
    tables.write(args.output_folder / "scores.parquet", found[best], tables.FRIEND_SCORES)
    settings = {"variant": args.model, "seed": args.seed, "data": args.data}
    settings |= {name: trials[best][name] for name in args.grid}
    write_fitted(args.output_folder, settings, trials, best, [args.train, args.valid], started)


if __name__ == "__main__":
    program.run(main)
