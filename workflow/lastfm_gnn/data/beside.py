"""Friends and tags of one's own listens: CSVs beside them, whose users and artists have the names of the listens."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.data.rows import Row, csv_cells

FRIENDS, TAGS = ("user", "friend"), ("user", "artist", "tag")
DATE = "date"
UNDATED = datetime.date(1970, 1, 1)


def _rows(path: Path, columns: tuple[str, ...], optional: str = "") -> Iterator[Row]:
    """Raises InputError naming file and line for another header, and a missing column or value."""
    header: list[str] = []
    for line, cells in csv_cells(path):
        row = Row(path.name, line, dict(zip(header, cells, strict=False)))
        if not header:
            header = [cell.lower() for cell in cells]
            if sorted(set(header) - {optional}) != sorted(columns) or len(set(header)) < len(header):
                raise row.error(f"the header is {cells}, not {','.join(columns)}")
            continue
        if len(cells) != len(header):
            raise row.error(f"{len(cells)} columns, not {len(header)}; quote a name that has a comma")
        for name in columns:
            if not row.fields[name]:
                raise row.error(f"no {name}")
        yield row


def _user(row: Row, field: str, users: dict[str, int]) -> int:
    name = row.fields[field]
    if name not in users:
        raise row.error(f"{name!r} is none of the {len(users)} users of the listens")
    return users[name]


def read_friends(path: Path, users: dict[str, int]) -> pd.DataFrame:
    """tables.FRIENDS: each friendship in both directions, sorted. users: ids by name. Raises InputError naming the
    line, of a user without listens, too."""
    pairs = set()
    for row in _rows(path, FRIENDS):
        user, friend = (_user(row, field, users) for field in FRIENDS)
        if user == friend:
            raise row.error(f"{row.fields['user']!r} is their own friend")
        pairs |= {(user, friend), (friend, user)}
    if not pairs:
        raise InputError(f"{path}: no friendship in it; add some, or take the file away")
    return pd.DataFrame(sorted(pairs), columns=tables.FRIENDS.names)


def read_tags(path: Path, users: dict[str, int], artists: dict[str, int]) -> tuple[list[str], pd.DataFrame, int]:
    """Tags, sorted; assignments as tables.TAG_ASSIGNMENTS, each once, with places in the tags for ids; how many rows
    are of artists whom nobody listens to, which are left out. Raises InputError naming the line, of a user without
    listens, too."""
    days: dict[tuple[int, int, str], datetime.date] = {}
    unheard = 0
    for row in _rows(path, TAGS, DATE):
        user, artist = _user(row, "user", users), artists.get(row.fields["artist"])
        try:
            day = datetime.date.fromisoformat(row.fields[DATE]) if row.fields.get(DATE) else UNDATED
        except ValueError as error:
            raise row.error(f"date is {row.fields[DATE]!r}, not one like 2026-09-06") from error
        if artist is None:
            unheard += 1
            continue
        key = user, artist, row.fields["tag"]
        days[key] = min(day, days.get(key, day))
    if not days:
        raise InputError(f"{path}: no tag of an artist whom somebody listens to; add some, or take the file away")
    names = sorted({tag for _, _, tag in days})
    place = {tag: number for number, tag in enumerate(names)}
    rows = sorted((user, artist, place[tag], day) for (user, artist, tag), day in days.items())
    return names, pd.DataFrame(rows, columns=tables.TAG_ASSIGNMENTS.names), unheard
