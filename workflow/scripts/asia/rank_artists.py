"""Score all artists for the users of a fold by a model that is fitted, its settings chosen on validation.

Every combination of --grid is tried on the validation part with the training part's likes; the best by NDCG at 20
(the first of equals) then sees the validation part's, too. No test list is an input. Regions are those of the train
and valid parts of a fold of regions, less those of all users who are to be scored.

    python workflow/scripts/asia/rank_artists.py --users results/tables/asia/users.parquet \\
        --friendships results/tables/asia/friendships.parquet --embedding results/embeddings/asia/netmf.npy \\
        --train results/splits/artists/fold_0/train.parquet --valid results/splits/artists/fold_0/valid.parquet \\
        --model pagerank_mean --features partial \\
        --grid '{"restart": [0.15], "shrinkage": [0.03, 0.1]}' --output-folder my_run
"""

import itertools
import json
import time
from importlib import import_module
from pathlib import Path

import numpy as np

from lastfm_gnn.asia.users import AsiaUsers, Part, UserInputs, join, write_scores
from lastfm_gnn.core import program
from lastfm_gnn.core.run_record import write_fitted
from lastfm_gnn.metrics.ranked_lists import ndcg, top


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    for name in ("users", "friendships", "embedding", "train", "valid"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--regions", type=Path, nargs="*", default=[], help="parts of a fold with users' regions")
    parser.add_argument("--model", required=True, help="a file of lastfm_gnn/artist_models")
    parser.add_argument("--grid", type=json.loads, default={}, help="JSON: setting -> list of values")
    parser.add_argument("--features", required=True, help="whose lists are known, for the record")
    parser.add_argument("--output-folder", type=Path, required=True, help="of scores.npz, trials.csv and run.json")
    args = parser.parse_args(argv)

    started = time.time()
    users = AsiaUsers(args.users, args.friendships)
    embedding = users.embedding(args.embedding)
    region = users.labels(*(users.region_part(path) for path in args.regions))
    train, valid = (users.artist_part(path) for path in (args.train, args.valid))
    scores = import_module(f"lastfm_gnn.asia.artist_models.{args.model}").scores
    program.check_settings(scores, args.grid, f"artists.models.{args.model}.grid")

    tested = users.others(users.list_known, train, valid)
    region[tested] = -1

    def fit(known: Part, rows: np.ndarray, settings: dict) -> np.ndarray:
        seen = region.copy()
        seen[rows] = -1
        return scores(UserInputs(users.graph, embedding, region=seen), known, rows, **settings)

    wanted = valid.likes.toarray() > 0
    trials, valid_scores = [], []
    for values in itertools.product(*args.grid.values()):
        settings = dict(zip(args.grid, values, strict=True))
        found = fit(train, valid.rows, settings)
        trials.append(settings | {"valid_ndcg_20": float(np.nanmean(ndcg(wanted, top(found, 20))))})
        valid_scores.append(found)
    best = max(range(len(trials)), key=lambda trial: trials[trial]["valid_ndcg_20"])
    chosen = {name: trials[best][name] for name in args.grid}
    final = fit(join(train, valid), tested, chosen)

    write_scores(
        args.output_folder / "scores.npz", users.user_id[tested], final, users.user_id[valid.rows], valid_scores[best]
    )
    settings = {"features": args.features, "variant": args.model, **chosen}
    write_fitted(args.output_folder, settings, trials, best, [args.train, args.valid], started)


if __name__ == "__main__":
    program.run(main)
