"""Part every user's artists into train, valid and test, 8:1:1, to be ranked.

    python workflow/scripts/ranking/make_ranking_splits.py --listens results/tables/hetrec/listens.parquet --seed 0 \\
        --output-folder results/splits/ranking/strict_0
"""

from pathlib import Path

import pandas as pd

from lastfm_gnn.core import program
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.liking.splits import ranking_split
from lastfm_gnn.metrics.ranking import PLACES


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--listens", type=Path, required=True)
    parser.add_argument("--seed", type=program.seed, required=True)
    parser.add_argument("--output-folder", type=Path, required=True, help="of train, valid and test.parquet")
    args = parser.parse_args(argv)

    listens, source = tables.read(args.listens, tables.LISTENS), tables.source_of(args.listens)
    parts = ranking_split(listens, args.seed)
    if parts["test"].empty:
        raise InputError(f"{args.listens}: no user has five artists or more, so that nobody has a test part")
    heard = pd.concat([parts["train"], parts["valid"]]).groupby("user_id").size()
    others = listens.artist_id.nunique() - heard[parts["test"].user_id.unique()]
    if others.min() < max(PLACES):
        raise InputError(
            f"{args.listens}: train and valid leave user {others.idxmin()} only {others.min()} artists, of whom"
            f" {max(PLACES)} are ranked; give listens of more artists, or take ranking from leaderboard.tasks"
        )
    for part, frame in parts.items():
        tables.write(args.output_folder / f"{part}.parquet", frame, tables.RANKING_PAIRS, source)
        print(f"{part}: {len(frame)} rows")


if __name__ == "__main__":
    program.run(main)
