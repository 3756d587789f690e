"""Add up the counts of your own listens by user and artist: of a CSV or Parquet file, or of a public data set.

Whatever is wrong with the file ends here, before a table of an earlier file is touched.

    python workflow/scripts/data/count_listens.py --listens my_listens.csv --output results/own/raw/own/counts.arrow
"""

from pathlib import Path

from lastfm_gnn.core import program
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data.own_listens import read_listens, save_counts


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument(
        "--listens", type=Path, required=True, help="of user, artist, count, or as docs/usage.md has it"
    )
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args(argv)

    listens = read_listens(args.listens)
    if listens.alike:
        raise InputError(f"{args.listens}: nobody's counts differ, so that every liking score is 1; give real counts")
    save_counts(args.output, listens)
    print(f"{len(listens.count)} listens of {len(listens.users)} users to {len(listens.artists)} artists")


if __name__ == "__main__":
    program.run(main)
