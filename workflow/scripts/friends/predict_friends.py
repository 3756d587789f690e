"""Score who may be friends by one model on the training friendships of a split.

Settings are chosen among those of --grid by the validation friendships' mean reciprocal rank. Of the test part only
the candidates are an input, which do not tell who is hidden.

    split=results/splits/friends_asia/strict_0
    python workflow/scripts/friends/predict_friends.py --users results/tables/asia/users.parquet \\
        --train $split/train.parquet --valid $split/valid.parquet --strangers $split/strangers.parquet \\
        --candidates $split/candidates.parquet --model adamic_adar --seed 0 --output-folder my_run
"""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from lastfm_gnn.core import program
from lastfm_gnn.core.model_files import model_file
from lastfm_gnn.core.numbering import Numbering
from lastfm_gnn.core.run_record import add_identity, write_fitted
from lastfm_gnn.core.settings import Dataclass, combinations
from lastfm_gnn.data import tables
from lastfm_gnn.data.friendships import FriendGraph
from lastfm_gnn.friends.problem import FriendProblem
from lastfm_gnn.metrics.friends import friend_scores
from lastfm_gnn.metrics.selection import CHOSEN_BY, select


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    for name in ("users", "train", "valid", "strangers", "candidates"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--model", required=True, help="a file of lastfm_gnn/friends/models")
    parser.add_argument("--grid", type=program.json_object, default={}, help="JSON: setting -> list of values")
    parser.add_argument("--seed", type=program.seed, required=True)
    program.add_device(parser)
    add_identity(parser)
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
    tables.expect_apart(args.train, args.valid)
    source = tables.source_of(args.train, args.valid, args.candidates)
    problem = FriendProblem(graph, pairs, args.device)
    model = model_file("lastfm_gnn.friends.models", args.model)

    def attempt(settings: Dataclass) -> Iterator[tuple[dict, dict[str, float], pd.DataFrame]]:
        scored = candidates.assign(score=model.fit(problem, settings, args.seed))
        rows = friend_scores(scored, valid, train, strangers[strangers.part == "valid"])
        yield {}, {name: float(rows[name].mean()) for name in ("mrr", "auc", "mrr_hard")}, scored

    tried = combinations(model.Settings, args.grid, f"config: leaderboard.friends.models.{args.model}.grid")
    chosen = select(tried, attempt, CHOSEN_BY["friends"])
    tables.write(args.output_folder / "scores.parquet", chosen.result, tables.FRIEND_SCORES, source)
    identity = args.identity | {"variant": args.model, "seed": args.seed, "source": source}
    write_fitted(args.output_folder, identity, chosen.trials, chosen.best, [args.train, args.valid], started)


if __name__ == "__main__":
    program.run(main)
