"""Hide a tenth of the friendships for validation and a tenth for test, and draw whom they are ranked against.

    python workflow/scripts/friends/make_friend_splits.py --users results/tables/asia/users.parquet \\
        --friendships results/tables/asia/friendships.parquet --seed 0 \\
        --output-folder results/splits/friends_asia/strict_0
"""

from pathlib import Path

from lastfm_gnn.core import program
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.friends.splits import split_friendships


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--users", type=Path, required=True)
    parser.add_argument("--friendships", type=Path, required=True, help="each once (Asia) or in both directions")
    parser.add_argument("--seed", type=program.seed, required=True)
    parser.add_argument(
        "--output-folder", type=Path, required=True, help="of train, valid, test, strangers and candidates.parquet"
    )
    args = parser.parse_args(argv)

    users = tables.read(args.users, tables.USERS, tables.ASIA_USERS)
    friendships = tables.read(args.friendships, tables.FRIENDSHIPS)
    parts = split_friendships(
        users.user_id.to_numpy(), friendships[friendships.user_id < friendships.friend_id], args.seed
    )
    if parts["test"].empty or parts["valid"].empty:
        raise InputError(f"{args.friendships}: {len(friendships)} friendships are too few to hide a tenth twice")
    source = tables.source_of(args.users, args.friendships)
    schemas = {"strangers": tables.STRANGERS, "candidates": tables.CANDIDATES}
    for name, frame in parts.items():
        tables.write(args.output_folder / f"{name}.parquet", frame, schemas.get(name, tables.FRIENDSHIPS), source)
        print(f"{name}: {len(frame)} rows")


if __name__ == "__main__":
    program.run(main)
