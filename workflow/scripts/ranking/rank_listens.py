"""Fit one ranking model on the training part of a split and write the artists that it ranks first for every user.

Settings are chosen among those of --grid by NDCG at 10 on the validation part; so is the step at which training
stops, of a model that is scored at several. Each counts as a trial. No test part is an input.

    split=results/splits/ranking/strict_0
    python workflow/scripts/ranking/rank_listens.py --users results/tables/hetrec/users.parquet \\
        --artists results/tables/hetrec/artists.parquet --train $split/train.parquet --valid $split/valid.parquet \\
        --model ease --league listens --seed 0 --output-folder my_run \\
        --grid '{"ridge": [20], "damping": [0.25], "popularity": [0.15]}'
"""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from lastfm_gnn.core import program
from lastfm_gnn.core.model_files import model_file
from lastfm_gnn.core.program import InputError
from lastfm_gnn.core.run_record import add_identity, write_fitted
from lastfm_gnn.core.settings import Dataclass, combinations
from lastfm_gnn.data import tables
from lastfm_gnn.data.listens import ListenData
from lastfm_gnn.metrics.ranked_lists import ndcg, recall
from lastfm_gnn.metrics.ranking import PLACES
from lastfm_gnn.metrics.selection import CHOSEN_BY, select
from lastfm_gnn.ranking.problem import LEAGUES, RankingProblem
from lastfm_gnn.ranking.scores import best_artists, by_step

KEPT = 100  # artists a user, or more


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    for name in ("users", "artists", "train", "valid"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--friends", type=Path, help="needed by every league but that of listens")
    parser.add_argument("--tag-assignments", type=Path, help="needed by every league but that of listens")
    parser.add_argument("--league", choices=LEAGUES, required=True, help="what beside listens is known")
    parser.add_argument("--model", required=True, help="a file of lastfm_gnn/ranking/models")
    parser.add_argument("--grid", type=program.json_object, default={}, help="JSON: setting -> list of values")
    parser.add_argument("--seed", type=program.seed, required=True)
    parser.add_argument("--lists", type=Path, nargs="+", default=[], help="files of describe_lists; else made here")
    program.add_device(parser)
    parser.add_argument(
        "--steps", type=Path, help="file of what the chosen training ranks first at each of its steps"
    )
    add_identity(parser)
    parser.add_argument("--output-folder", type=Path, required=True, help="of best.parquet, trials.csv, run.json")
    args = parser.parse_args(argv)

    started = time.time()
    if args.league != "listens" and not (args.friends and args.tag_assignments):
        raise InputError(f"the league {args.league} needs --friends and --tag-assignments")
    data = ListenData(args.users, args.artists, args.seed)
    train, valid = (data.plays(path) for path in (args.train, args.valid))
    side = None if args.league == "listens" else data.side(args.friends, args.tag_assignments)
    tables.expect_apart(args.train, args.valid)
    source = tables.source_of(args.train, args.valid)
    problem = RankingProblem(train, side, args.league, args.device, tuple(args.lists))
    model = model_file("lastfm_gnn.ranking.models", args.model)

    relevant = valid > 0
    least = max(PLACES) + relevant.sum(1).max()  # those of valid are not ranked again on test
    kept = max(KEPT, least)
    by_settings: dict[Dataclass, list[pd.DataFrame]] = {}

    def rows_of(places: np.ndarray) -> pd.DataFrame:
        artists = data.artists.ids[places]
        return pd.DataFrame({"user_id": data.users.ids, "artists": list(artists)}).sort_values("user_id")

    def attempt(settings: Dataclass) -> Iterator[tuple[dict[str, int], dict[str, float], np.ndarray]]:
        for step, scores in by_step(model.fit(problem, settings, args.seed)):
            places = best_artists(scores, train, kept)
            if args.steps:
                by_settings.setdefault(settings, []).append(rows_of(places[:, :least]).assign(**step))
            of_users = {"ndcg_10": ndcg(relevant, places[:, :10]), "recall_10": recall(relevant, places[:, :10])}
            yield step, {name: float(np.nanmean(values)) for name, values in of_users.items()}, places

    candidates = combinations(model.Settings, args.grid, f"config: leaderboard.ranking.models.{args.model}.grid")
    chosen = select(candidates, attempt, CHOSEN_BY["ranking"])

    tables.write(args.output_folder / "best.parquet", rows_of(chosen.result), tables.BEST_ARTISTS, source)
    if args.steps:
        steps = pd.concat(by_settings[chosen.settings])
        if "step" not in steps:
            raise InputError(f"--steps: {args.model} is not measured at several steps; leave it out")
        tables.write(args.steps, steps, tables.BEST_BY_STEP, source)
    identity = args.identity | {"league": args.league, "variant": args.model, "seed": args.seed, "source": source}
    write_fitted(args.output_folder, identity, chosen.trials, chosen.best, [args.train, args.valid], started)


if __name__ == "__main__":
    program.run(main)
