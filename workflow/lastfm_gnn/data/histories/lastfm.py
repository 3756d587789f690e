"""Last.fm has no export of its own. Three exporters of others are taken: lastfm.ghan.nl, lastfmstats.com, and
benjaminbenben.com/lastfm-to-csv."""

import re

from lastfm_gnn.data.histories.csv_rows import first_cells
from lastfm_gnn.data.histories.plays import Play, Unfit, mbid, moment, whole

GHAN = ["uts", "utc_time", "artist", "artist_mbid", "album", "album_mbid", "track", "track_mbid"]
STATS = ["artist", "album", "albumid", "track"]
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
DAY = re.compile(r"(\d\d) ([A-Z][a-z]{2}) (\d{4}),? (\d\d:\d\d)")  # 06 Sep 2026, 14:23


def is_ghan(head: bytes) -> bool:
    return [[cell.strip().lower() for cell in cells] for cells in first_cells(head)[:1]] == [GHAN]


def ghan(cells: list[str]) -> Play:
    _cells(cells, 8)
    return Play(cells[2], cells[6], whole(cells[0], "uts") if cells[0] else None, None, mbid(cells[3]))


def is_stats(head: bytes) -> bool:
    for cells in first_cells(head, ";")[:1]:
        names = [cell.strip().lower() for cell in cells]
        return names[:4] == STATS and len(names) == 5 and names[4].startswith("date#")
    return False


def stats(cells: list[str]) -> Play:
    _cells(cells, 5)
    return Play(cells[0], cells[3], whole(cells[4], "Date") // 1000 if cells[4] else None, None)


def is_plain(head: bytes) -> bool:
    """No header: four cells, of which the last is a time; only that of what is being played has none."""
    rows = first_cells(head)
    return all(len(cells) == 4 for cells in rows) and any(DAY.fullmatch(cells[3].strip()) for cells in rows)


def plain(cells: list[str]) -> Play:
    _cells(cells, 4)
    return Play(cells[0], cells[2], _minute(cells[3].strip()), None)


def _minute(written: str) -> int | None:
    if not written:
        return None
    found = DAY.fullmatch(written)
    if not found or found[2] not in MONTHS:
        raise Unfit("the time is none like 06 Sep 2026, 14:23")
    return moment(f"{found[3]}-{MONTHS.index(found[2]) + 1:02}-{found[1]}T{found[4]}", "the time")


def _cells(cells: list[str], count: int) -> None:
    if len(cells) != count:
        raise Unfit(f"{len(cells)} columns, not {count}")
