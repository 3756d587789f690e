"""Somebody's own plays: a CSV of artist and count, and their artists' names found among those of the tables."""

import re
import unicodedata
from pathlib import Path

import pandas as pd
from rapidfuzz import fuzz, process

from lastfm_gnn.core.program import InputError
from lastfm_gnn.data.rows import Row, csv_cells

ALIKE = 85  # of 100: two names this much alike are one artist; "Beetles" and "Beatles" are, "Bread" and "Breed" not


def read_plays(path: Path) -> dict[str, int]:
    """Plays by artist's name, in the file's order; those of a repeated name are added up. A first line `artist,count`
    is no artist. Raises InputError with the line where the file is empty, not UTF-8, or has another shape."""
    plays: dict[str, int] = {}
    for line, cells in csv_cells(path):
        if line == 1 and [cell.lower() for cell in cells] == ["artist", "count"]:
            continue
        row = Row(path.name, line, dict(zip(("artist", "count"), cells, strict=False)))
        if len(cells) != 2 or not cells[0]:
            raise row.error(f"{','.join(cells)!r} is not an artist and a count, as Muse,12")
        plays[cells[0]] = plays.get(cells[0], 0) + row.whole_number("count", at_least=1)
    if not plays:
        raise InputError(f"{path}: no plays in it; write a line an artist, as Muse,12")
    return plays


def plain(name: str) -> str:
    """A name without case, accents, punctuation and article."""
    letters = "".join(one for one in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(one))
    words = re.sub(r"[\W_]+", " ", letters.replace("&", " and ")).split()
    return " ".join(words[1:] if words[:1] == ["the"] and len(words) > 1 else words) or name.casefold()


def find_artists(names: list[str], artists: pd.DataFrame) -> dict[str, int | None]:
    """Number of every name, or None: of the artist of just that name, else of the one who has it but for case,
    accents, punctuation and article, else of the most alike. artists: number, name, listeners; of several with a name
    it is the one with the most listeners."""
    artists = artists.sort_values("listeners", kind="stable")
    numbers = artists.number.tolist()
    exact, known = (dict(zip(keys, numbers, strict=True)) for keys in (artists.name, artists.name.map(plain)))
    number_of: dict[str, int | None] = {}
    for name in names:
        key = plain(name)
        if name not in exact and key not in known:
            match = process.extractOne(key, known.keys(), scorer=fuzz.ratio, score_cutoff=ALIKE)
            key = match[0] if match else ""
        number_of[name] = exact.get(name, known.get(key))
    return number_of
