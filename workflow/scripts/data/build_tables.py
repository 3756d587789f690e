"""Turn the raw files of HetRec 2011 LastFM-2k into typed Parquet tables.

The liking score of a listen is ln(count) / the user's largest ln(count) (Ou, section 2.2), or the same with
ln(1 + count). A user whose counts are all 1 has 0 / 0: those rows score 1, the user's largest.

    python workflow/scripts/data/build_tables.py --raw results/raw/hetrec --source official \\
        --output-folder results/tables/hetrec
"""

import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from lastfm_gnn.core import program
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import hetrec, tables
from lastfm_gnn.data.liking_scores import liking_scores
from lastfm_gnn.data.rows import Row, unique


def known(row: Row, field: str, ids: set[int], file: str) -> int:
    """The field's id, which must be one of `ids`, those of another file."""
    value = row.whole_number(field)
    if value not in ids:
        raise InputError(
            f"{row.file}, line {row.line}: {field} {value} is not in {file}, which may be cut; get both files anew"
        )
    return value


def read_listens(raw: Path, artists: set[int], score: str) -> pd.DataFrame:
    """Rows keep the file's order, which only the splits use."""
    rows = []
    for row in unique(hetrec.read_rows(raw, "user_artists.dat"), "userID", "artistID"):
        artist = known(row, "artistID", artists, "artists.dat")
        rows.append((row.whole_number("userID"), artist, row.whole_number("weight", at_least=1)))
    frame = pd.DataFrame(rows, columns=["user_id", "artist_id", "count"])
    frame["liking"] = liking_scores(frame.user_id.to_numpy(), frame["count"].to_numpy(), score)
    return frame


def read_artists(raw: Path) -> pd.DataFrame:
    rows = [
        (row.whole_number("id"), row.fields["name"], row.fields["url"], row.fields["pictureURL"])
        for row in unique(hetrec.read_rows(raw, "artists.dat"), "id")
    ]
    return pd.DataFrame(rows, columns=tables.ARTISTS.names)


def read_friends(raw: Path, users: set[int]) -> pd.DataFrame:
    """Both directions of every friendship, as in the file."""
    rows = list(unique(hetrec.read_rows(raw, "user_friends.dat"), "userID", "friendID"))
    pairs = [
        (known(row, "userID", users, "user_artists.dat"), known(row, "friendID", users, "user_artists.dat"))
        for row in rows
    ]
    both = set(pairs)
    for row, (user, friend) in zip(rows, pairs, strict=True):
        if user == friend:
            raise row.error(f"user {user} is their own friend")
        if (friend, user) not in both:
            raise row.error(f"friendship {user} {friend} lacks its other direction")
    return pd.DataFrame(pairs, columns=tables.FRIENDS.names)


def read_tags(raw: Path) -> pd.DataFrame:
    rows = [
        (row.whole_number("tagID"), row.fields["tagValue"])
        for row in unique(hetrec.read_rows(raw, "tags.dat"), "tagID")
    ]
    return pd.DataFrame(rows, columns=tables.TAGS.names)


def read_tag_assignments(raw: Path, users: set[int], tags: set[int]) -> pd.DataFrame:
    """Artists here may be in no listen: 390 of the official file are not."""
    rows = []
    for row in unique(hetrec.read_rows(raw, "user_taggedartists.dat"), "userID", "artistID", "tagID"):
        day, month, year = (row.whole_number(field) for field in ("day", "month", "year"))
        try:
            date = datetime.date(year, month, day)
        except ValueError as error:
            raise row.error(f"day {day}, month {month}, year {year} is no date") from error
        user, tag = known(row, "userID", users, "user_artists.dat"), known(row, "tagID", tags, "tags.dat")
        rows.append((user, row.whole_number("artistID"), tag, date))
    return pd.DataFrame(rows, columns=tables.TAG_ASSIGNMENTS.names)


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="folder of the five .dat files")
    parser.add_argument("--score", choices=["ln", "log1p"], default="ln")
    parser.add_argument(
        "--source", choices=["official", "generated"], required=True, help="official: the known facts are checked"
    )
    parser.add_argument("--output-folder", type=Path, required=True)
    args = parser.parse_args(argv)

    artists = read_artists(args.raw)
    listens = read_listens(args.raw, set(artists.artist_id), args.score)
    if unheard := set(artists.artist_id) - set(listens.artist_id):
        raise InputError(
            f"user_artists.dat: no listen to {len(unheard)} artists of artists.dat, such as {min(unheard)}; it may be"
            " cut: get both files anew, or remove these artists"
        )
    users = pd.DataFrame({"user_id": np.unique(listens.user_id)})
    tags = read_tags(args.raw)
    content = {
        "listens": listens,
        "users": users,
        "artists": artists,
        "friends": read_friends(args.raw, set(users.user_id)),
        "tags": tags,
        "tag_assignments": read_tag_assignments(args.raw, set(users.user_id), set(tags.tag_id)),
    }
    if args.source == "official":
        hetrec.check_facts(content)
    for name, frame in content.items():
        tables.write(args.output_folder / f"{name}.parquet", frame, getattr(tables, name.upper()), args.source)
        print(f"{name}: {len(frame)} rows")


if __name__ == "__main__":
    program.run(main)
