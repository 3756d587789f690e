"""Somebody's own plays by artist: of a listening history, or of a CSV of artist and count."""

from dataclasses import dataclass
from itertools import product
from pathlib import Path

from lastfm_gnn.core.program import InputError
from lastfm_gnn.data.histories.history import NO_HISTORY, is_history, read_history
from lastfm_gnn.data.histories.parts import ZIP
from lastfm_gnn.data.rows import Row, csv_cells

HEADERS = tuple(product(("artist", "name"), ("count", "plays")))


@dataclass(frozen=True)
class Plays:
    """counts: by artist's name. mbids: of artists whose MusicBrainz id is known. read: what was read, in a line."""

    counts: dict[str, int]
    mbids: dict[str, str]
    read: str


def read_counts(path: Path) -> dict[str, int]:
    """Plays by artist's name, in the file's order; those of a repeated name are added up. A first line such as
    `artist,count` or `name,plays` is no artist. Raises InputError with the line where the file is empty, not UTF-8,
    or has another shape."""
    plays: dict[str, int] = {}
    for line, cells in csv_cells(path):
        if line == 1 and tuple(cell.lower() for cell in cells) in HEADERS:
            continue
        row = Row(path.name, line, dict(zip(("artist", "count"), cells, strict=False)))
        if len(cells) != 2 or not cells[0]:
            raise row.error(f"{','.join(cells)!r} is not an artist and a count, as Muse,12")
        plays[cells[0]] = plays.get(cells[0], 0) + row.whole_number("count", at_least=1)
    if not plays:
        raise InputError(f"{path}: no plays in it; write a line an artist, as Muse,12, or give {NO_HISTORY}")
    return plays


def expect_table(path: Path) -> None:
    """Raise InputError for a folder, a zip or JSON: it may have been meant as a history, and is no table."""
    head = b""
    if not path.is_dir():
        with path.open("rb") as file:
            head = file.read(1 << 12)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    array = text[:1] == b"[" and text[1:].lstrip()[:1] in (b"{", b"]")
    if path.is_dir() or head.startswith(ZIP) or text[:1] == b"{" or array:
        raise InputError(f"{path}: no listening history; give {NO_HISTORY}, or a CSV as docs/usage.md has it")


def read_plays(paths: list[Path]) -> Plays:
    """Of all these files, folders and zips of one person. Raises InputError where one is neither a history nor a CSV
    of artist and count, or has a mistake, or is of several people."""
    histories = [path for path in paths if is_history(path)]
    counts: dict[str, int] = {}
    mbids: dict[str, str] = {}
    read = []
    if histories:
        history = read_history(histories)
        if len(history.people) > 1:
            raise InputError(
                f"{histories[0]}: plays of {len(history.people)} people; give those of one (a line's user_id)"
            )
        named = [history.artists[number] for number in history.artist.tolist()]
        counts = dict(zip(named, history.count.tolist(), strict=True))
        mbids = {name: mbid for name, mbid in zip(history.artists, history.mbids, strict=True) if mbid}
        read.append(history.read)
    for path in paths:
        if path in histories:
            continue
        expect_table(path)
        counted = read_counts(path)
        for artist, count in counted.items():
            counts[artist] = counts.get(artist, 0) + count
        read.append(f"{path.name}: {sum(counted.values())} plays of {len(counted)} artists, as counted there")
    return Plays(counts, mbids, "; ".join(read))
