"""Somebody's own plays: a CSV of artist and count, and their artists' names found among those of the tables."""

import csv
import re
import unicodedata
from pathlib import Path

import pandas as pd
from rapidfuzz import fuzz, process

from lastfm_gnn.program import InputError

ALIKE = 85  # of 100: two names this much alike are one artist; "Beetles" and "Beatles" are, "Bread" and "Breed" not


def read_plays(path: Path) -> dict[str, int]:
    """Plays by artist's name, in the file's order; those of a repeated name are added up. A first line `artist,count`
    is no artist. Raises InputError with the line where the file is empty, not UTF-8, or has another shape."""
    try:
        lines = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 (byte {error.start}); save it as UTF-8") from error
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; give a CSV of artist and count") from error
    plays: dict[str, int] = {}
    for number, row in enumerate(lines, 1):
        row = [field.strip() for field in row]
        if not any(row) or (number == 1 and [field.lower() for field in row] == ["artist", "count"]):
            continue
        if len(row) != 2 or not row[0] or not re.fullmatch("[0-9]{1,9}", row[1]) or int(row[1]) == 0:
            raise InputError(
                f"{path}:{number}: {','.join(row)!r} is not an artist and a whole count from 1, as Muse,12"
            )
        plays[row[0]] = plays.get(row[0], 0) + int(row[1])
    if not plays:
        raise InputError(f"{path}: no plays in it; write a line an artist, as Muse,12")
    return plays


def plain(name: str) -> str:
    """A name without case, accents, punctuation and article."""
    letters = "".join(one for one in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(one))
    words = re.sub(r"[\W_]+", " ", letters.replace("&", " and ")).split()
    return " ".join(words[1:] if words[:1] == ["the"] and len(words) > 1 else words) or name.casefold()


def find_artists(names: list[str], artists: pd.DataFrame) -> dict[str, int | None]:
    """Number of every name, or None: of the artist who has it but for case, accents, punctuation and article, else of
    the most alike. artists: number, name, listeners; of several with a name it is the one with the most listeners."""
    artists = artists.sort_values("listeners", kind="stable")
    known = dict(zip(artists.name.map(plain), artists.number.tolist(), strict=True))
    found: dict[str, int | None] = {}
    for name in names:
        one = plain(name)
        if one not in known:
            match = process.extractOne(one, known.keys(), scorer=fuzz.ratio, score_cutoff=ALIKE)
            one = match[0] if match else ""
        found[name] = known.get(one)
    return found
