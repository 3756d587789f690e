"""What a peek at the test part is worth: the NDCG at 10 of one training on validation and on test, step by step.

Reads what the training ranked first at every step at which it was measured (rank_listens --steps), and writes both
scores of each. Public tables of others often report the best step on test. What this script writes chooses nothing:
the step of --run was chosen on validation alone, before.

    split=results/splits/ranking/strict_0
    python workflow/scripts/ranking/peek_ranking.py --users results/tables/hetrec/users.parquet \\
        --artists results/tables/hetrec/artists.parquet --valid $split/valid.parquet --test $split/test.parquet \\
        --run my_run/run.json --steps my_run/steps.parquet --output my_run/peek.csv
"""

from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sp

from lastfm_gnn.core import program
from lastfm_gnn.core.files import whole
from lastfm_gnn.core.program import InputError
from lastfm_gnn.core.run_record import read_record
from lastfm_gnn.data import tables
from lastfm_gnn.data.listens import ListenData
from lastfm_gnn.metrics.ranked_lists import ndcg

PLACES = 10


def without(places: np.ndarray, heard: sp.csr_array) -> np.ndarray:
    """(U, PLACES): the first of places (U, K) that a user has not heard (U, A)."""
    is_heard = heard[np.arange(len(places))[:, None], places].toarray() > 0
    return np.take_along_axis(places, np.argsort(is_heard, axis=1, kind="stable")[:, :PLACES], axis=1)


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    for name in ("users", "artists", "valid", "test", "run", "steps"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument(
        "--output", type=Path, required=True, help="a CSV: model, seed, step, valid_ndcg_10, test_ndcg_10"
    )
    args = parser.parse_args(argv)

    run = read_record(args.run, "model", "seed")
    identity = run["identity"]
    if "step" not in run["settings"]:
        raise InputError(f"{args.run}: not a model that is measured at several steps; give such a run")
    data = ListenData(args.users, args.artists, identity["seed"])
    tables.expect_apart(args.valid, args.test)
    valid, test = (data.plays(path) for path in (args.valid, args.test))

    rows = []
    for step, lists in tables.read(args.steps, tables.BEST_BY_STEP).groupby("step"):
        places = np.empty((len(data.users), len(lists.artists.iloc[0])), dtype=np.int64)
        ranked = data.artists.numbers(np.concatenate(lists.artists.to_numpy()))
        places[data.users.numbers(lists.user_id)] = ranked.reshape(places.shape)
        # what a user has in train is not ranked; what they have in valid, not on test
        scores = {
            "valid_ndcg_10": ndcg(valid > 0, places[:, :PLACES]),
            "test_ndcg_10": ndcg(test > 0, without(places, valid)),
        }
        means = {name: float(np.nanmean(values)) for name, values in scores.items()}
        rows.append({"model": identity["model"], "seed": identity["seed"], "step": step} | means)
    with whole(args.output) as temporary:
        pd.DataFrame(rows).to_csv(temporary, index=False)
    chosen, peeked = (max(rows, key=lambda row: row[f"{part}_ndcg_10"]) for part in ("valid", "test"))
    print(
        f"test NDCG@10 {chosen['test_ndcg_10']:.4f} at the best step on validation, {chosen['step']};"
        f" {peeked['test_ndcg_10']:.4f} at the best on test, {peeked['step']}"
    )


if __name__ == "__main__":
    program.run(main)
