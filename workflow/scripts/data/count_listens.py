"""Add up the counts of your own listens by user and artist: of a CSV or Parquet file, of a public data set, or of
listening histories, a person a file or folder.

Whatever is wrong with them ends here, before a table of an earlier file is touched.

    python workflow/scripts/data/count_listens.py --listens my_listens.csv \\
        --counts results/own/raw/own/counts.arrow --mbids results/own/raw/own/mbids.parquet
"""

from pathlib import Path

from lastfm_gnn.core import program
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.data.own_listens import save_counts
from lastfm_gnn.data.people import MBIDS, read_own


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument(
        "--listens", type=Path, nargs="+", required=True, help="of user, artist, count, or as docs/usage.md has it"
    )
    parser.add_argument("--counts", type=Path, required=True, help="Parquet that is written")
    parser.add_argument("--mbids", type=Path, required=True, help="Parquet that is written: artists' MusicBrainz ids")
    args = parser.parse_args(argv)

    own = read_own(args.listens)
    listens = own.listens
    if listens.alike:
        where = ", ".join(map(str, args.listens))
        raise InputError(f"{where}: nobody's counts differ, so that every liking score is 1; give real counts")
    save_counts(args.counts, listens)
    tables.write(args.mbids, own.mbid_table(), MBIDS, "own")
    print(*own.read, sep="\n", end="\n" * bool(own.read))
    print(f"{len(listens.count)} listens of {len(listens.users)} users to {len(listens.artists)} artists")


if __name__ == "__main__":
    program.run(main)
