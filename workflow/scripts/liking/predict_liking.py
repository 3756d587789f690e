"""Fit one model of liking scores on a strict split and predict its validation and test pairs.

Settings are chosen among those of --grid on the validation part. Of the test part only the pairs are an input, not
their scores.

    split=results/splits/liking/strict_0
    python workflow/scripts/liking/predict_liking.py --users results/tables/hetrec/users.parquet \\
        --artists results/tables/hetrec/artists.parquet --train $split/train.parquet --valid $split/valid.parquet \\
        --queries $split/queries.parquet --model bias --seed 0 --output-folder my_run \\
        --grid '{"user_shrinkage": [2], "artist_shrinkage": [10, 15]}'
"""

import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from lastfm_gnn.core import program
from lastfm_gnn.core.checkpoints import save
from lastfm_gnn.core.files import whole
from lastfm_gnn.core.model_files import model_file
from lastfm_gnn.core.run_record import add_identity, write_fitted
from lastfm_gnn.core.settings import Dataclass, combinations
from lastfm_gnn.data import tables
from lastfm_gnn.data.listens import ListenData
from lastfm_gnn.liking.problem import Fitted, LikingProblem
from lastfm_gnn.metrics.errors import liking_errors
from lastfm_gnn.metrics.selection import CHOSEN_BY, select


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    for name in ("users", "artists", "train", "valid", "queries"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--friends", type=Path, help="with --tag-assignments: the league of side information")
    parser.add_argument("--tag-assignments", type=Path)
    parser.add_argument("--model", required=True, help="a file of lastfm_gnn/liking/models")
    parser.add_argument("--grid", type=program.json_object, default={}, help="JSON: setting -> list of values")
    parser.add_argument("--seed", type=program.seed, required=True)
    outputs = "scores.parquet, model.pt, history.csv, trials.csv, run.json"
    program.add_device(parser)
    add_identity(parser)
    parser.add_argument("--output-folder", type=Path, required=True, help=f"of {outputs}")
    args = parser.parse_args(argv)

    started = time.time()
    data = ListenData(args.users, args.artists, args.seed)
    train, valid = (tables.read(path, tables.PAIRS) for path in (args.train, args.valid))
    queries = tables.read(args.queries, tables.QUERIES)
    side = data.side(args.friends, args.tag_assignments) if args.friends else None
    held_out = data.scored_pairs(valid)
    problem = LikingProblem(len(data.users), len(data.artists), data.scored_pairs(train), held_out, side, args.device)
    tables.expect_apart(args.train, args.valid)
    source = tables.source_of(args.train, args.valid, args.queries)
    model = model_file("lastfm_gnn.liking.models", args.model)

    def attempt(settings: Dataclass) -> Iterator[tuple[dict, dict[str, float], tuple[Fitted, np.ndarray]]]:
        fitted = model.fit(problem, settings, args.seed)
        of_valid = fitted.predict(held_out)
        yield {}, liking_errors(held_out.liking, of_valid), (fitted, of_valid)

    candidates = combinations(model.Settings, args.grid, f"config: leaderboard.liking.models.{args.model}.grid")
    chosen = select(candidates, attempt, CHOSEN_BY["liking"])

    fitted, of_valid = chosen.result
    predicted = [
        frame[["user_id", "artist_id"]].assign(part=part, predicted=scores)
        for part, frame, scores in (
            ("valid", valid, of_valid),
            ("test", queries, fitted.predict(data.pairs(queries))),
        )
    ]
    tables.write(args.output_folder / "scores.parquet", pd.concat(predicted), tables.SCORES, source)
    saved = {"variant": args.model, "seed": args.seed, "settings": asdict(chosen.settings)}
    save(args.output_folder / "model.pt", saved | {"trained": fitted.trained})
    history = pd.DataFrame(fitted.history or chosen.trials).rename_axis("step")
    with whole(args.output_folder / "history.csv") as temporary:
        (history.set_index("epoch") if "epoch" in history else history).to_csv(temporary)
    identity = args.identity | {"league": "side" if side else "scores", "variant": args.model}
    identity |= {"seed": args.seed, "source": source}
    write_fitted(args.output_folder, identity, chosen.trials, chosen.best, [args.train, args.valid], started)


if __name__ == "__main__":
    program.run(main)
