"""Turn the raw files of LastFM Asia into typed Parquet tables: users, regions, friendships, likes.

--users-with-lists FIRST LAST states which users the features file has: the others' artists are unknown, which is
not the same as liking none. Without it, the file must have every user. Without --features, nobody's are known.
--lists says whether the lists are those of the published data set, a part of them, or made up.

    python workflow/scripts/data/build_asia_tables.py --raw results/raw/asia \\
        --features results/raw/asia/lastfm_asia_features.json --lists partial \\
        --users-with-lists 0 1799 --output-folder results/tables/asia
"""

from pathlib import Path

import numpy as np
import pandas as pd

from lastfm_gnn.core import program
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import asia, tables


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="folder of edges and target")
    parser.add_argument("--features", type=Path, help="JSON: user -> list of artists")
    parser.add_argument("--users-with-lists", type=int, nargs=2, metavar=("FIRST", "LAST"))
    parser.add_argument("--lists", choices=["official", "partial", "generated"], help="with --features")
    parser.add_argument("--output-folder", type=Path, required=True)
    args = parser.parse_args(argv)
    if args.features and not args.lists:
        parser.error("with --features goes --lists")

    users = asia.read_users(args.raw / asia.TARGET)
    friendships = asia.read_friendships(args.raw / asia.EDGES, set(users.user_id))
    asia.check_facts(users, friendships)
    likes, known = pd.DataFrame(columns=tables.LIKES.names), np.array([], dtype=int)
    if args.features:
        likes, known = asia.read_likes(args.features, set(users.user_id))
        first, last = args.users_with_lists or (users.user_id.min(), users.user_id.max())
        expected = users.user_id[users.user_id.between(first, last)].to_numpy()
        if len(odd := np.setxor1d(known, expected)):
            raise InputError(
                f"{args.features.name}: it should have a list for the users {first} to {last} and for no others, but"
                f" {len(odd)} differ, such as {odd[0]}; get the file anew or correct asia.partial.users in the config"
            )
    users["list_known"] = users.user_id.isin(known)
    # regions stand apart: what trains looks at users, and at the regions of its own part of a split alone
    content = {
        "users": (users[["user_id", "list_known"]], tables.ASIA_USERS, "official"),
        "regions": (users[["user_id", "region"]], tables.USER_REGIONS, "official"),
        "friendships": (friendships, tables.FRIENDSHIPS, "official"),
        "likes": (likes, tables.LIKES, args.lists or "official"),
    }
    for name, (frame, schema, source) in content.items():
        tables.write(args.output_folder / f"{name}.parquet", frame, schema, source)
        print(f"{name}.parquet: {len(frame)} rows")


if __name__ == "__main__":
    program.run(main)
