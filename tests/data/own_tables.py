"""Tables of somebody's own listens, for tests."""

import csv

import build_own_tables
import count_listens
from lastfm_gnn.data import tables

FEW = [("ann", "Tyler, The Creator", 3), ("ann", "Sigur Rós", 20), ("7", "Sigur Rós", 1), ("7", 'The "Q"', 400)]
NAMES = ("listens", "users", "user_names", "artists", "artist_mbids", "friends", "tags", "tag_assignments")


def write(path, rows, header=("user", "artist", "count"), encoding="utf-8"):
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file).writerows([header, *rows])
    return path


def build(path, *more):
    folder = path.parent / "tables"
    files = [f"--counts={path.parent}/counts.arrow", f"--mbids={path.parent}/mbids.parquet"]
    count_listens.main([f"--listens={path}", *files])
    build_own_tables.main([*files, *more, f"--output-folder={folder}"])
    return {name: tables.read(folder / f"{name}.parquet", getattr(tables, name.upper())) for name in NAMES}


def by_name(tables):
    """(user, artist) -> count, by way of the tables of names."""
    user, artist = tables["user_names"].set_index("user_id").name, tables["artists"].set_index("artist_id").name
    rows = tables["listens"]
    return dict(zip(zip(rows.user_id.map(user), rows.artist_id.map(artist), strict=True), rows["count"], strict=True))
