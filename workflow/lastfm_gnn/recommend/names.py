"""Artists of somebody's plays found among those of the data: by MusicBrainz id, by name, or by a name much alike."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

from lastfm_gnn.data.plays import Plays

ALIKE = 85  # of 100: two names this much alike are one artist; "Beetles" and "Beatles" are, "Bread" and "Breed" not
SHORTEST = 6  # letters of a name that is guessed: of short ones, such as "Pon" and "Pond", too many are alike
MATCHES = ["name", "mbid", "plays", "artist_id", "artist", "by"]


@dataclass(frozen=True)
class Match:
    """number: of the artist in the data, None if there is none. by: how it was found."""

    number: int | None
    by: str


def plain(name: str) -> str:
    """A name without case, accents, punctuation and article."""
    letters = "".join(one for one in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(one))
    words = re.sub(r"[\W_]+", " ", letters.replace("&", " and ")).split()
    return " ".join(words[1:] if words[:1] == ["the"] and len(words) > 1 else words) or name.casefold()


def _grams(name: str) -> list[str]:
    padded = f"\0\0{name}\0\0"
    return [padded[place : place + 3] for place in range(len(padded) - 2)]


class AlikeNames:
    """Finds among many names the one most like another: fuzz.ratio of all of them, without comparing all. Names of
    fewer than SHORTEST letters are like none.

    Names of l and m letters are ALIKE if at most 15 % of l + m letters are left out or put in to make one the other.
    Of the l + 2 groups of three letters (with two marks at each end) of the first, a letter left out changes three,
    and one put in two. As m is at least .739 l, at most .783 l groups change: who lacks more of them is not compared.
    """

    CHANGED = 0.783

    def __init__(self, names: list[str]) -> None:
        self._names = names
        places: dict[str, list[int]] = defaultdict(list)
        for place, name in enumerate(names):
            for gram in set(_grams(name)) if len(name) >= SHORTEST else ():
                places[gram].append(place)
        self._places = {gram: np.array(found, dtype=np.int32) for gram, found in places.items()}

    def nearest(self, name: str) -> str | None:
        """The first of the most alike, if it is ALIKE."""
        if len(name) < SHORTEST:
            return None
        grams = _grams(name)
        least = len(grams) - int(self.CHANGED * len(name))
        found = [self._places[gram] for gram in grams if gram in self._places]
        if len(found) < least:
            return None
        shared = np.bincount(np.concatenate(found), minlength=1)
        near = [self._names[place] for place in np.flatnonzero(shared >= least).tolist()]
        match = process.extractOne(name, near, scorer=fuzz.ratio, score_cutoff=ALIKE)
        return match[0] if match else None


class ArtistNames:
    """Finds artists of the data. artists: number, name, listeners, mbid ("" for none); of several with a name or id
    it is the one with the most listeners."""

    def __init__(self, artists: pd.DataFrame) -> None:
        artists = artists.sort_values("listeners", kind="stable")
        numbers = artists.number.tolist()
        self._by_mbid, self._exact, self._known = (
            dict(zip(keys, numbers, strict=True)) for keys in (artists.mbid, artists.name, artists.name.map(plain))
        )
        self._alike = AlikeNames(list(self._known))

    def find(self, names: Iterable[str], mbids: dict[str, str]) -> dict[str, Match]:
        """Of every name. By its MusicBrainz id if the data know that; else the artist of just that name, else the one
        who has it but for case, accents, punctuation and article, else the most alike, as AlikeNames has it."""
        matches = {}
        for name in names:
            mbid = mbids.get(name)
            if mbid and mbid in self._by_mbid:
                matches[name] = Match(self._by_mbid[mbid], "mbid")
            elif name in self._exact:
                matches[name] = Match(self._exact[name], "name")
            elif (key := plain(name)) in self._known:
                matches[name] = Match(self._known[key], "spelling")
            elif nearest := self._alike.nearest(key):
                matches[name] = Match(self._known[nearest], "likeness")
            else:
                matches[name] = Match(None, "")
        return matches


@dataclass(frozen=True)
class Played:
    """What somebody's plays are among the artists of the data. artist, count (n,): numbers, and plays; not_found:
    names; taken_for: names that were guessed by likeness, and the numbers of whom they are taken for. The most played
    first."""

    artist: np.ndarray
    count: np.ndarray
    not_found: list[str]
    taken_for: dict[str, int]


def played(counts: dict[str, int], matches: dict[str, Match]) -> Played:
    """counts: plays by name; those of one artist's names are added up."""
    by_number: dict[int, int] = {}
    not_found, taken_for = [], {}
    for name, count in sorted(counts.items(), key=lambda item: -item[1]):
        number = matches[name].number
        if number is None:
            not_found.append(name)
            continue
        by_number[number] = by_number.get(number, 0) + count
        if matches[name].by == "likeness":
            taken_for[name] = number
    return Played(np.array([*by_number], dtype=np.int64), np.array([*by_number.values()]), not_found, taken_for)


def table_of(plays: Plays, matches: dict[str, Match], artist_id: np.ndarray, artists: np.ndarray) -> pd.DataFrame:
    """Columns MATCHES, a row an artist of the plays, the most played first. artist_id, artists (A,): of the data."""
    rows = [
        (
            name,
            plays.mbids.get(name, ""),
            count,
            *(("", "") if (number := matches[name].number) is None else (artist_id[number], artists[number])),
            matches[name].by,
        )
        for name, count in plays.counts.items()
    ]
    return pd.DataFrame(rows, columns=MATCHES).sort_values(["plays", "name"], ascending=[False, True])
