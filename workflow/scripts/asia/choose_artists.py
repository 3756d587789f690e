"""Choose the artists of a task: the most liked, ties to the smaller id, in the order of their ids.

As in the notebooks everybody's likes are counted, those of test users too: it says what is asked, not the answer.

    python workflow/scripts/asia/choose_artists.py --likes results/tables/asia/likes.parquet --count 600 \\
        --output results/tables/asia/artists_600.parquet
"""

from pathlib import Path

import numpy as np
import pandas as pd

from lastfm_gnn.core import program
from lastfm_gnn.data import tables
from lastfm_gnn.data.asia import ARTISTS


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--likes", type=Path, required=True)
    parser.add_argument("--count", type=int, required=True, choices=range(1, ARTISTS + 1), metavar=f"1..{ARTISTS}")
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args(argv)

    likes = np.bincount(tables.read(args.likes, tables.LIKES).artist_id, minlength=ARTISTS)
    chosen = np.sort(np.argsort(-likes, kind="stable")[: args.count])
    tables.write(
        args.output, pd.DataFrame({"artist_id": chosen}), tables.CHOSEN_ARTISTS, tables.source_of(args.likes)
    )
    print(f"{args.count} artists, liked by {likes[chosen].min()} to {likes[chosen].max()} users")


if __name__ == "__main__":
    program.run(main)
