"""Turn your own listens, a CSV of user, artist and count, into the tables that the pipeline reads.

Users and artists are names or numbers, taken as text without the spaces around it; counts of the same user and artist
are added up. The liking score is that of build_tables. Friends and tags are empty.

Ids are drawn by a fixed seed: they carry no information, and the order of the rows changes nothing.

    python workflow/scripts/data/build_own_tables.py --listens my_listens.csv \\
        --output-folder results/own/tables/own
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from lastfm_gnn.core import program
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.data.liking_scores import liking_scores
from lastfm_gnn.data.rows import LARGEST, Row, csv_cells

COLUMNS = ("user", "artist", "count")
SEED = 2011


def read_rows(path: Path) -> Iterator[Row]:
    """The rows below the header, in file order. Raises InputError naming file and line for another header and a
    missing column."""
    header: list[str] = []
    for line, cells in csv_cells(path):
        row = Row(path.name, line, dict(zip(header, cells, strict=False)))
        if not header:
            header = [cell.lower() for cell in cells]
            if sorted(header) != sorted(COLUMNS):
                raise row.error(f"the header is {cells}, not {','.join(COLUMNS)}")
            continue
        if len(cells) != len(header):
            raise row.error(f"{len(cells)} columns, not {len(header)}; quote a name that has a comma")
        yield row


def read_counts(path: Path) -> dict[tuple[str, str], int]:
    """The count of every user and artist, by their names."""
    counts: dict[tuple[str, str], int] = {}
    for row in read_rows(path):
        pair = row.fields["user"], row.fields["artist"]
        for name in ("user", "artist"):
            if not row.fields[name]:
                raise row.error(f"no {name}")
        counts[pair] = counts.get(pair, 0) + row.whole_number("count", at_least=1)
        if counts[pair] > LARGEST:
            raise row.error(f"the counts of {' and '.join(pair)} add up to more than {LARGEST}")
    if not counts:
        raise InputError(f"{path}: no listens; give a header, {','.join(COLUMNS)}, and a row a user and artist")
    return counts


def numbered(names: pd.Series, random: np.random.Generator) -> pd.Series:
    """By name: ids from 1, in a random order."""
    different = sorted(set(names))
    return pd.Series(random.permutation(len(different)) + 1, index=different)


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--listens", type=Path, required=True, help="CSV in UTF-8: user, artist, count")
    parser.add_argument("--score", choices=["ln", "log1p"], default="ln")
    parser.add_argument("--output-folder", type=Path, required=True)
    args = parser.parse_args(argv)

    counts = read_counts(args.listens)
    rows = pd.DataFrame([(*pair, count) for pair, count in counts.items()], columns=COLUMNS)
    random = np.random.default_rng(SEED)
    users, artists = numbered(rows.user, random), numbered(rows.artist, random)
    listens = pd.DataFrame(
        {"user_id": rows.user.map(users), "artist_id": rows.artist.map(artists), "count": rows["count"]}
    ).sort_values(["user_id", "artist_id"], ignore_index=True)
    listens["liking"] = liking_scores(listens.user_id.to_numpy(), listens["count"].to_numpy(), args.score)
    if listens.liking.min() == listens.liking.max():
        raise InputError(f"{args.listens}: nobody's counts differ, so that every liking score is 1; give real counts")
    user_names, artist_names = (
        ids.sort_values().rename_axis("name").reset_index(name=f"{what}_id")
        for what, ids in (("user", users), ("artist", artists))
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
