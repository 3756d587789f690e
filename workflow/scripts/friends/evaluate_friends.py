"""Measure one model's scores on the hidden test friendships of a split: the only script that reads them.

Each is ranked from both its ends. friendships.parquet has the mean of the two, which are not independent of each
other; metrics.json the means over all. An end is cold, medium or hot by its number of training friends: thirds of the
ends.

    split=results/splits/friends_asia/strict_0
    python workflow/scripts/friends/evaluate_friends.py --scores my_run/scores.parquet --train $split/train.parquet \\
        --valid $split/valid.parquet --test $split/test.parquet --strangers $split/strangers.parquet \\
        --output-folder my_run
"""

from pathlib import Path

import numpy as np
import pandas as pd

from lastfm_gnn.core import program
from lastfm_gnn.core.files import sha256, write_json
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.metrics.activity import GROUPS, thirds
from lastfm_gnn.metrics.friends import friend_scores


def of_friendships(rows: pd.DataFrame) -> pd.DataFrame:
    """Means of the two ends of each friendship, named by its smaller id first, of friend_scores()."""
    ends = np.sort(rows[["user_id", "friend_id"]], axis=1)
    named = rows.assign(user_id=ends[:, 0], friend_id=ends[:, 1])
    return named.groupby(["user_id", "friend_id"]).mean().reset_index()


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    for name in ("scores", "train", "valid", "test", "strangers"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--output-folder", type=Path, required=True, help="of friendships.parquet and metrics.json")
    args = parser.parse_args(argv)

    scores = tables.read(args.scores, tables.FRIEND_SCORES)
    if not np.isfinite(scores.score).all():
        raise InputError(f"{args.scores}: scores that are no number; delete it and run again")
    train, valid, test = (tables.read(path, tables.FRIENDSHIPS) for path in (args.train, args.valid, args.test))
    strangers = tables.read(args.strangers, tables.STRANGERS)
    rows = friend_scores(scores, test, pd.concat([train, valid]), strangers[strangers.part == "test"])
    names = ["auc", "mrr", "hits_10", "hits_20", "mrr_hard"]
    source = tables.source_of(args.scores)
    tables.write(
        args.output_folder / "friendships.parquet",
        of_friendships(rows),
        tables.FRIENDSHIP_SCORES,
        source,
    )

    metrics = rows[names].mean().to_dict()
    degree = pd.concat([train.user_id, train.friend_id]).value_counts()
    group = thirds(rows.user_id.map(degree).fillna(0).to_numpy())
    for third in GROUPS:
        metrics |= {f"{name}_{third}_users": rows[name][group == third].mean() for name in names}
    metrics = {name: float(value) for name, value in metrics.items()}
    write_json(args.output_folder / "metrics.json", metrics | {"pairs": len(rows), "test_sha256": sha256(args.test)})
    print(", ".join(f"{name} {metrics[name]:.4f}" for name in names))


if __name__ == "__main__":
    program.run(main)
