"""What a peek at the test part is worth: the NDCG at 10 of one training on validation and on test, step by step.

Trains the model of --run again, with the settings and the seed of its record, and writes both scores of every step at
which that training was measured. Public tables of others often report the best step on test. What this script writes
chooses nothing: the step of --run was chosen on validation alone, before.

    split=results/splits/ranking/strict_0
    python workflow/scripts/ranking/peek_ranking.py --users results/tables/hetrec/users.parquet \\
        --artists results/tables/hetrec/artists.parquet --train $split/train.parquet --valid $split/valid.parquet \\
        --test $split/test.parquet --run my_run/run.json --output my_run/peek.csv
"""

from pathlib import Path

import numpy as np
import pandas as pd

from lastfm_gnn.core import program
from lastfm_gnn.core.files import whole
from lastfm_gnn.core.model_files import model_file
from lastfm_gnn.core.program import InputError
from lastfm_gnn.core.run_record import read_record
from lastfm_gnn.data import tables
from lastfm_gnn.data.listens import ListenData
from lastfm_gnn.metrics.ranked_lists import ndcg
from lastfm_gnn.ranking.problem import RankingProblem, best_artists, by_step


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    for name in ("users", "artists", "train", "valid", "test", "run"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    program.add_device(parser)
    parser.add_argument(
        "--output", type=Path, required=True, help="a CSV: model, seed, step, valid_ndcg_10, test_ndcg_10"
    )
    args = parser.parse_args(argv)

    run = read_record(args.run, "league", "model", "seed")
    identity, settings = run["identity"], run["settings"]
    if "step" not in settings or identity["league"] != "listens":
        raise InputError(f"{args.run}: not a model that is measured at several steps on listens; give such a run")
    data = ListenData(args.users, args.artists, identity["seed"])
    tables.expect_apart(args.train, args.valid, args.test)
    train, valid, test = (data.plays(path) for path in (args.train, args.valid, args.test))
    model = model_file("lastfm_gnn.ranking.models", identity["variant"])
    own = model.Settings(**{name: value for name, value in settings.items() if name != "step"})

    rows = []
    for step, scores in by_step(model.fit(RankingProblem(train, device=args.device), own, identity["seed"])):
        row = {}
        # what a user has in train is not ranked; what they have in valid, not on test
        for part, relevant, heard in (("valid", valid, train), ("test", test, train + valid)):
            places = best_artists(scores, heard, 10)
            row[f"{part}_ndcg_10"] = float(np.nanmean(ndcg(relevant > 0, places)))
        rows.append({"model": identity["model"], "seed": identity["seed"]} | step | row)
    with whole(args.output) as temporary:
        pd.DataFrame(rows).to_csv(temporary, index=False)
    chosen, peeked = (max(rows, key=lambda row: row[f"{part}_ndcg_10"]) for part in ("valid", "test"))
    print(
        f"test NDCG@10 {chosen['test_ndcg_10']:.4f} at the best step on validation, {chosen['step']};"
        f" {peeked['test_ndcg_10']:.4f} at the best on test, {peeked['step']}"
    )


if __name__ == "__main__":
    program.run(main)
