"""Score all artists for the users of a fold by a model that is fitted, its settings chosen on validation.

Every combination of --grid is tried on the validation part with the training part's likes; the best by NDCG at 20
(the first of equals) then sees the validation part's, too. No test list is an input. Regions are those of the train
and valid parts of a fold of regions, less those of all users who are to be scored.

    python workflow/scripts/asia/rank_artists.py --users results/tables/asia/users.parquet \\
        --friendships results/tables/asia/friendships.parquet --embedding results/embeddings/asia/netmf.npy \\
        --train results/splits/artists/fold_0/train.parquet --valid results/splits/artists/fold_0/valid.parquet \\
        --model pagerank_mean \\
        --grid '{"restart": [0.15], "shrinkage": [0.03, 0.1]}' --output-folder my_run
"""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from lastfm_gnn.asia.problems import ArtistProblem
from lastfm_gnn.asia.users import ArtistPart, AsiaUsers, join, write_scores
from lastfm_gnn.core import program
from lastfm_gnn.core.model_files import model_file
from lastfm_gnn.core.run_record import add_identity, write_fitted
from lastfm_gnn.core.settings import Dataclass, combinations
from lastfm_gnn.data import tables
from lastfm_gnn.metrics.ranked_lists import ndcg, top
from lastfm_gnn.metrics.selection import CHOSEN_BY, select

SEED = 0  # of what is random in a model; folds, not seeds, are repeated


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    for name in ("users", "friendships", "embedding", "train", "valid"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--regions", type=Path, nargs="*", default=[], help="parts of a fold with users' regions")
    parser.add_argument("--model", required=True, help="a file of lastfm_gnn/asia/artist_models")
    parser.add_argument("--grid", type=program.json_object, default={}, help="JSON: setting -> list of values")
    program.add_device(parser)
    add_identity(parser)
    parser.add_argument("--output-folder", type=Path, required=True, help="of scores.npz, trials.csv and run.json")
    args = parser.parse_args(argv)

    started = time.time()
    users = AsiaUsers(args.users, args.friendships)
    embedding = users.embedding(args.embedding)
    region = users.labels(*(users.region_part(path) for path in args.regions))
    tables.expect_apart(args.train, args.valid)
    train, valid = (users.artist_part(path) for path in (args.train, args.valid))
    model = model_file("lastfm_gnn.asia.artist_models", args.model)
    tested = users.others(users.list_known, train, valid)
    region[tested] = -1

    def problem(known: ArtistPart, rows: np.ndarray) -> ArtistProblem:
        known_region = region.copy()
        known_region[rows] = -1
        return ArtistProblem(users.graph, embedding, known, rows, known_region, args.device)

    likes = valid.likes.toarray() > 0
    of_valid = problem(train, valid.rows)

    def attempt(settings: Dataclass) -> Iterator[tuple[dict, dict[str, float], np.ndarray]]:
        scores = model.fit(of_valid, settings, SEED)
        yield {}, {"ndcg_20": float(np.nanmean(ndcg(likes, top(scores, 20))))}, scores

    candidates = combinations(model.Settings, args.grid, f"config: artists.models.{args.model}.grid")
    chosen = select(candidates, attempt, CHOSEN_BY["artists"])
    final = model.fit(problem(join(train, valid), tested), chosen.settings, SEED)

    user_id, valid_user_id = users.user_id[tested], users.user_id[valid.rows]
    write_scores(args.output_folder / "scores.npz", user_id, final, valid_user_id, chosen.result)
    identity = args.identity | {"variant": args.model}
    write_fitted(args.output_folder, identity, chosen.trials, chosen.best, [args.train, args.valid], started)


if __name__ == "__main__":
    program.run(main)
