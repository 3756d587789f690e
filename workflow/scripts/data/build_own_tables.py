"""Turn your own listens, as count_listens.py adds them up, into the tables that the pipeline reads.

Users and artists are names or numbers, taken as text. The liking score is that of build_tables. Friends and tags are
empty.

Ids are drawn by a fixed seed: they carry no information, and the order of the rows changes nothing.

    python workflow/scripts/data/build_own_tables.py --counts results/own/raw/own/counts.parquet \\
        --output-folder results/own/tables/own
"""

from pathlib import Path

import numpy as np
import pandas as pd

from lastfm_gnn.core import program
from lastfm_gnn.data import tables
from lastfm_gnn.data.liking_scores import liking_scores
from lastfm_gnn.data.own_listens import load_counts

SEED = 2011


def random_ids(count: int, random: np.random.Generator) -> np.ndarray:
    """(count,): ids from 1, in a random order."""
    return random.permutation(count) + 1


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--counts", type=Path, required=True)
    parser.add_argument("--score", choices=["ln", "log1p"], default="ln")
    parser.add_argument("--output-folder", type=Path, required=True)
    args = parser.parse_args(argv)

    own = load_counts(args.counts)
    random = np.random.default_rng(SEED)
    users, artists = (random_ids(len(names), random) for names in (own.users, own.artists))
    user_id, artist_id = users[own.user], artists[own.artist]
    order = np.argsort(user_id * (len(artists) + 1) + artist_id)  # of one number, quicker than of two
    listens = pd.DataFrame({"user_id": user_id, "artist_id": artist_id, "count": own.count}).take(order)
    listens["liking"] = liking_scores(listens.user_id.to_numpy(), listens["count"].to_numpy(), args.score)
    user_names, artist_names = (
        pd.DataFrame({f"{what}_id": ids, "name": names}).sort_values(f"{what}_id", ignore_index=True)
        for what, ids, names in (("user", users, own.users), ("artist", artists, own.artists))
    )
    content = {
        "listens": listens,
        "users": user_names[["user_id"]],
        "user_names": user_names,
        "artists": artist_names.assign(url="", picture_url=""),
    }
    for name in ("listens", "users", "user_names", "artists", "friends", "tags", "tag_assignments"):
        schema = getattr(tables, name.upper())
        frame = content.get(name, schema.empty_table().to_pandas())
        tables.write(args.output_folder / f"{name}.parquet", frame, schema, "own")
    print(f"{len(listens)} listens of {len(user_names)} users to {len(artist_names)} artists")


if __name__ == "__main__":
    program.run(main)
