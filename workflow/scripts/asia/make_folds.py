"""Part the users of LastFM Asia: five folds as published, KFold(5, shuffle, 42), or the single split 60/20/20.

fold_<k>: a fifth is test; an eighth of the rest, so a tenth of all, is validation, by a fixed seed. On folds the
published protocol trains on train and valid together. --task region parts all users, with their regions; --task
artists those whose artists are known, with their lists, be they empty.

    tables=results/tables/asia
    python workflow/scripts/asia/make_folds.py --task region --users $tables/users.parquet \\
        --regions $tables/regions.parquet --likes $tables/likes.parquet --split fold_0 \\
        --output-folder results/splits/region/fold_0
"""

from pathlib import Path

from lastfm_gnn.asia.folds import FOLDS, user_split
from lastfm_gnn.core import program
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--task", choices=["region", "artists"], required=True)
    parser.add_argument("--users", type=Path, required=True)
    parser.add_argument("--regions", type=Path, required=True)
    parser.add_argument("--likes", type=Path, required=True)
    parser.add_argument("--split", choices=FOLDS, required=True)
    parser.add_argument("--output-folder", type=Path, required=True, help="of train, valid and test.parquet")
    args = parser.parse_args(argv)

    if args.task == "region":
        users, schema = tables.read(args.regions, tables.USER_REGIONS), tables.USER_REGIONS
        source = tables.source_of(args.regions)
    else:
        users = tables.read(args.users, tables.ASIA_USERS)
        users, schema = users.loc[users.list_known, ["user_id"]], tables.USER_ARTISTS
        source = tables.source_of(args.users, args.likes)
        lists = tables.read(args.likes, tables.LIKES).groupby("user_id").artist_id.agg(list)
        users["artists"] = [lists.get(user, []) for user in users.user_id]
    if len(users) < 10:
        raise InputError(
            f"{args.users}: {len(users)} users to part; asia.features in the config says whose there are"
        )
    for part, rows in user_split(len(users), args.split).items():
        tables.write(args.output_folder / f"{part}.parquet", users.iloc[rows], schema, source)
        print(f"{part}: {len(rows)} users")


if __name__ == "__main__":
    program.run(main)
