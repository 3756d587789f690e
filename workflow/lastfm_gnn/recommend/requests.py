"""A program's requests for recommendations and the answers to them, as JSON objects: in pipes, and over HTTP.

    {"plays": {"Björk": 120, "Radiohead": 30}, "top": 5}      somebody who is not in the data, by artists' names
    {"user": 2}                                               a user of the data

An answer has `recommended`, the artists with their reasons, best first; to plays also `not_found`, names that the
data do not have, and `taken_for`, whom names that were guessed are taken for.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import scipy.sparse as sp

from lastfm_gnn.core.program import InputError, reason
from lastfm_gnn.data.rows import CONTROL, LARGEST, hand_written
from lastfm_gnn.recommend.artists import Recommender, plays_row, user_number
from lastfm_gnn.recommend.display import records
from lastfm_gnn.recommend.names import Played, played

BYTES = 1 << 20  # of a request
ARTISTS, LETTERS, TOP = 5_000, 1_000, 100  # most artists played, letters of a name, artists recommended
USUAL = 10  # artists recommended, or as many as there are
FIELDS = ("plays", "user", "top")
SURROGATE = re.compile("[\ud800-\udfff]")  # half a character, which no UTF-8 has


class Answers:
    """Of a recommender and the folder of its tables. The filter and the index of names are made once."""

    def __init__(self, recommender: Recommender, folder: Path) -> None:
        self._recommender, self._folder = recommender, folder
        self._filter = recommender.filter()
        self._names = recommender.artist_names(folder)

    def answer(self, request: object) -> dict:
        """Raises InputError for what is no request, in words for who sent it."""
        if not isinstance(request, dict):
            raise InputError('no JSON object; a request is one, such as {"plays": {"Björk": 120}}')
        if unknown := [f"{name!r:.50}" for name in request if name not in FIELDS]:
            raise InputError(f"{unknown[0]} is no field of a request; give plays or user, and top if you like")
        if ("plays" in request) == ("user" in request):
            raise InputError('give plays, such as {"Björk": 120}, or a user of the data, and not both')
        if "user" in request:
            return {"recommended": self._recommended(*self._of_user(request["user"]), request.get("top"))}
        found = self._of_plays(request["plays"])
        row = plays_row(found, len(self._recommender.names))
        nobody = sp.csr_array((1, len(self._recommender.user_id)), dtype=row.dtype)
        return {
            "recommended": self._recommended(row, nobody, request.get("top")),
            "not_found": found.not_found,
            "taken_for": {name: self._recommender.names[number] for name, number in found.taken_for.items()},
        }

    def _recommended(self, plays: sp.csr_array, friends: sp.csr_array, top: object) -> list[dict]:
        most = plays.shape[1] - plays.nnz
        if not most:
            raise InputError(f"nothing to recommend: all {plays.shape[1]} artists are listened to")
        count = min(USUAL, most) if top is None else _whole_number("top", top, min(TOP, most))
        lists = self._recommender.lists(self._filter, plays, friends, count)
        return records(lists.drop(columns=["person", "number"]))

    def _of_user(self, user: object) -> tuple[sp.csr_array, sp.csr_array]:
        """Plays (1, A) and friends (1, U)."""
        if type(user) not in (int, str):
            raise InputError(f"user {user!r:.50} is unknown: give an id, or a name where the data have names")
        known = self._recommender
        number = user_number(_text("user", str(user)), self._folder, known.user_id, "user")
        return known.plays[[number]], known.side.friends[[number]]

    def _of_plays(self, plays: object) -> Played:
        if not isinstance(plays, dict) or not 1 <= len(plays) <= ARTISTS:
            raise InputError(f'plays are an object of 1 to {ARTISTS:,} artists, such as {{"Björk": 120}}')
        counts: dict[str, int] = {}
        for name, count in plays.items():
            text = _text("an artist", name)
            counts[text] = counts.get(text, 0) + _whole_number(f"the count of {text:.50}", count, LARGEST)
        found = played(counts, self._names.find(counts, {}))
        if not len(found.artist):
            shown = ", ".join(f"{name:.50}" for name in found.not_found[:3])
            raise InputError(f"none of these {len(counts)} artists is in the data: {shown}")
        return found


def _text(what: str, text: str) -> str:
    """As in a file that somebody wrote."""
    name = hand_written(text)
    if not 1 <= len(name) <= LETTERS or CONTROL.search(name) or SURROGATE.search(name):
        raise InputError(f"{what} is {text[:50]!r}: a name has 1 to {LETTERS:,} letters and no control characters")
    return name


def _whole_number(what: str, value: object, most: int) -> int:
    """From 1 to `most`."""
    if type(value) is not int or not 1 <= value <= most:
        raise InputError(f"{what} is {value!r:.50}; give a whole number from 1 to {most}")
    return value


def answers_of(lines: BinaryIO, answers: Answers) -> Iterator[str]:
    """A line of JSON for each line, in order; what is no request has {"error": why}."""
    for line in _bounded(lines):
        try:
            answer = answers.answer(_parsed(line))
        except InputError as error:
            answer = {"error": str(error)}
        yield json.dumps(answer, ensure_ascii=False)


def _bounded(lines: BinaryIO) -> Iterator[bytes | None]:
    """None for a line of more than BYTES, whose rest is passed over."""
    while line := lines.readline(BYTES + 1):
        if len(line) <= BYTES or line.endswith(b"\n"):
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = lines.readline(BYTES)
        yield None


def _parsed(line: bytes | None) -> object:
    if line is None:
        raise InputError(f"a line of more than {BYTES:,} bytes; ask for less at once")
    try:
        return json.loads(line.decode())
    except (ValueError, RecursionError) as error:
        raise InputError(f"no JSON in UTF-8: {reason(error)}") from error
