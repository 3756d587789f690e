"""Part the users of LastFM Asia: five folds as published, KFold(5, shuffle, 42), or the single split 60/20/20.

fold_<k>: a fifth is test; an eighth of the rest, so a tenth of all, is validation, by a fixed seed. The published
protocol trains on train and valid together.

    python workflow/scripts/make_folds.py --users results/tables/asia/users.parquet --split fold_0 \\
        --output-folder results/splits/region/fold_0
"""

from pathlib import Path

from lastfm_gnn import program, tables
from lastfm_gnn.folds import FOLDS, user_split


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--users", type=Path, required=True)
    parser.add_argument("--split", choices=FOLDS, required=True)
    parser.add_argument("--output-folder", type=Path, required=True, help="of train, valid and test.parquet")
    args = parser.parse_args(argv)

    users = tables.read(args.users, tables.ASIA_USERS)[["user_id", "region"]]
    for part, rows in user_split(len(users), args.split).items():
        tables.write(args.output_folder / f"{part}.parquet", users.iloc[rows], tables.USER_REGIONS)
        print(f"{part}: {len(rows)} users")


if __name__ == "__main__":
    program.run(main)
