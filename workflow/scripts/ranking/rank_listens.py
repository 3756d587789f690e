"""Fit one ranking model on the training part of a split and write the artists that it ranks first for every user.

Settings are chosen among those of --grid by NDCG at 10 on the validation part; so is the step at which training
stops, of a model that is scored at several. Each counts as a trial. No test part is an input.

    split=results/splits/ranking/strict_0
    python workflow/scripts/ranking/rank_listens.py --users results/tables/hetrec/users.parquet \\
        --artists results/tables/hetrec/artists.parquet --train $split/train.parquet --valid $split/valid.parquet \\
        --model ease --league listens --grid '{"penalty": [20]}' --seed 0 --output-folder my_run
"""

import itertools
import json
import time
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd

from lastfm_gnn.core import program
from lastfm_gnn.core.program import InputError
from lastfm_gnn.core.run_record import write_fitted
from lastfm_gnn.data import tables
from lastfm_gnn.data.listens import ListenData
from lastfm_gnn.metrics.ranked_lists import ndcg, recall, top
from lastfm_gnn.metrics.ranking import PLACES
from lastfm_gnn.ranking.steps import by_step

LEAGUES = ("listens", "friends", "side", "own_tags")
KEPT = 100  # artists a user, or more


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    for name in ("users", "artists", "train", "valid"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--friends", type=Path, help="needed by every league but that of listens")
    parser.add_argument("--tag-assignments", type=Path, help="needed by every league but that of listens")
    parser.add_argument("--league", choices=LEAGUES, required=True, help="what beside listens is known")
    parser.add_argument("--model", required=True, help="a file of lastfm_gnn/ranking/models")
    parser.add_argument("--grid", type=json.loads, default={}, help="JSON: setting -> list of values")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--data", default="official", help="what the listens are of, for the record")
    parser.add_argument("--output-folder", type=Path, required=True, help="of best.parquet, trials.csv, run.json")
    args = parser.parse_args(argv)

    started = time.time()
    if args.league != "listens" and not (args.friends and args.tag_assignments):
        raise InputError(f"the league {args.league} needs --friends and --tag-assignments")
    data = ListenData(args.users, args.artists, args.seed)
    train, valid = (data.plays(path) for path in (args.train, args.valid))
    side = None if args.league == "listens" else data.side(args.friends, args.tag_assignments)
    scores = import_module(f"lastfm_gnn.ranking.models.{args.model}").scores
    program.check_settings(scores, args.grid, f"leaderboard.ranking.models.{args.model}.grid")

    wanted = valid.toarray() > 0
    kept = max(KEPT, max(PLACES) + wanted.sum(1).max())  # those of valid are not ranked again on test
    trials, best, chosen = [], 0, None
    for values in itertools.product(*args.grid.values()):
        settings = dict(zip(args.grid, values, strict=True))
        for step, found in by_step(scores(train, side, args.league, args.seed, **settings)):
            found[train.nonzero()] = -np.inf
            places = top(found, min(kept, found.shape[1]))
            valid_scores = {"ndcg_10": ndcg(wanted, places[:, :10]), "recall_10": recall(wanted, places[:, :10])}
            means = {f"valid_{name}": float(np.nanmean(value)) for name, value in valid_scores.items()}
            trials.append(settings | step | means)
            print(f"{settings | step}: valid NDCG@10 {means['valid_ndcg_10']:.4f}", flush=True)
            if chosen is None or means["valid_ndcg_10"] > trials[best]["valid_ndcg_10"]:
                best, chosen = len(trials) - 1, places

    artists = [row.tolist() for row in data.artists.ids[chosen]]
    rows = pd.DataFrame({"user_id": data.users.ids, "artists": artists}).sort_values("user_id")
    tables.write(args.output_folder / "best.parquet", rows, tables.BEST_ARTISTS)
    settings = {"league": args.league, "variant": args.model, "seed": args.seed, "data": args.data}
    settings |= {name: value for name, value in trials[best].items() if not name.startswith("valid_")}
    write_fitted(args.output_folder, settings, trials, best, [args.train, args.valid], started)


if __name__ == "__main__":
    program.run(main)
