"""Fit one ranking model on the training part of a split and write the artists that it ranks first for every user.

Settings are chosen among those of --grid by NDCG at 10 on the validation part. No test part is an input.

    split=results/splits/ranking/strict_0
    python workflow/scripts/rank_listens.py --users results/tables/hetrec/users.parquet \\
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
import scipy.sparse as sp

from lastfm_gnn import program, tables
from lastfm_gnn.artist_metrics import ndcg, recall, top
from lastfm_gnn.fitted import write_fitted
from lastfm_gnn.listen_data import ListenData
from lastfm_gnn.program import InputError
from lastfm_gnn.ranking_metrics import PLACES

LEAGUES = ("listens", "friends", "side", "own_tags")
KEPT = 100  # artists a user, or more


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    for name in ("users", "artists", "train", "valid"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--friends", type=Path, help="needed by every league but that of listens")
    parser.add_argument("--tag-assignments", type=Path, help="needed by every league but that of listens")
    parser.add_argument("--league", choices=LEAGUES, required=True, help="what beside listens is known")
    parser.add_argument("--model", required=True, help="a file of lastfm_gnn/ranking_models")
    parser.add_argument("--grid", type=json.loads, default={}, help="JSON: setting -> list of values")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--data", default="official", help="what the listens are of, for the record")
    parser.add_argument("--output-folder", type=Path, required=True, help="of best.parquet, trials.csv, run.json")
    args = parser.parse_args(argv)

    started = time.time()
    if args.league != "listens" and not (args.friends and args.tag_assignments):
        raise InputError(f"the league {args.league} needs --friends and --tag-assignments")
    data = ListenData(args.users, args.artists, args.seed)
    train, valid = (read_counts(path, data) for path in (args.train, args.valid))
    side = None if args.league == "listens" else data.side(args.friends, args.tag_assignments)
    scores = import_module(f"lastfm_gnn.ranking_models.{args.model}").scores
    program.check_settings(scores, args.grid, f"leaderboard.ranking.models.{args.model}.grid")

    wanted = valid.toarray() > 0
    kept = max(KEPT, max(PLACES) + wanted.sum(1).max())  # those of valid are not ranked again on test
    trials, lists = [], []
    for values in itertools.product(*args.grid.values()):
        settings = dict(zip(args.grid, values, strict=True))
        found = scores(train, side, args.league, args.seed, **settings)
        found[train.nonzero()] = -np.inf
        lists.append(top(found, min(kept, found.shape[1])))
        valid_scores = {"ndcg_10": ndcg(wanted, lists[-1][:, :10]), "recall_10": recall(wanted, lists[-1][:, :10])}
        trials.append(settings | {f"valid_{name}": float(np.nanmean(value)) for name, value in valid_scores.items()})
        print(f"{settings}: valid NDCG@10 {trials[-1]['valid_ndcg_10']:.4f}", flush=True)
    best = max(range(len(trials)), key=lambda trial: trials[trial]["valid_ndcg_10"])

    artists = [row.tolist() for row in data.artists.ids[lists[best]]]
    rows = pd.DataFrame({"user_id": data.users.ids, "artists": artists}).sort_values("user_id")
    tables.write(args.output_folder / "best.parquet", rows, tables.BEST_ARTISTS)
    settings = {"league": args.league, "variant": args.model, "seed": args.seed, "data": args.data}
    settings |= {name: trials[best][name] for name in args.grid}
    write_fitted(args.output_folder, settings, trials, best, [args.train, args.valid], started)


def read_counts(path: Path, data: ListenData) -> sp.csr_array:
    """(U, A): plays of a part of a ranking split."""
    part = tables.read(path, tables.RANKING_PAIRS)
    places = data.users.numbers(part.user_id), data.artists.numbers(part.artist_id)
    return sp.csr_array((part["count"].to_numpy(dtype=np.float32), places), (len(data.users), len(data.artists)))


if __name__ == "__main__":
    program.run(main)
