"""The plays of a listening history, each counted once."""

from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from lastfm_gnn.core.program import InputError
from lastfm_gnn.data.histories.forms import FORMS, Form, form_of
from lastfm_gnn.data.histories.parts import Part, parts
from lastfm_gnn.data.histories.plays import Play
from lastfm_gnn.data.rows import CONTROL, hand_written

SHORTEST = 30_000  # milliseconds: less is no play, as Spotify and Last.fm have it
OLDEST = 946_684_800  # the year 2000, in seconds: a player's clock before it was not set
NEWEST = 1 << 33
MOST = 20_000_000  # plays
ARTISTS = 1_000_000
LONGEST_NAME = 1000  # characters
MINUTE = 60
NO_HISTORY = f"one of {', '.join(form.name for form in FORMS)} (docs/usage.md)"
NOT_LISTENED, NAMELESS, TWICE = f"under {SHORTEST // 1000} s", "without an artist", "twice"


@dataclass(frozen=True)
class History:
    """people, artists: names; of one person alone, [""]. person, artist, count (n,): each pair once. mbids (A,): of
    the artists, "" where there is none. read: what was read and left out, in one line."""

    people: list[str]
    artists: list[str]
    person: np.ndarray
    artist: np.ndarray
    count: np.ndarray
    mbids: list[str]
    read: str


class Numbers(dict[str, int]):
    """Numbers of texts, in the order in which they came."""

    def __missing__(self, text: str) -> int:
        return self.setdefault(text, len(self))


@dataclass
class _Plays:
    """Columns of all plays. track: a hash, which tells tracks apart; exact: whether the time is to the second."""

    names: Numbers = field(default_factory=Numbers)
    written: dict[str, int] = field(default_factory=dict)  # numbers of artists as they stand in the files
    ids: Numbers = field(default_factory=lambda: Numbers({"": 0}))
    people: Numbers = field(default_factory=Numbers)
    time: "array[int]" = field(default_factory=lambda: array("q"))
    track: "array[int]" = field(default_factory=lambda: array("q"))
    artist: "array[int]" = field(default_factory=lambda: array("i"))
    mbid: "array[int]" = field(default_factory=lambda: array("i"))
    person: "array[int]" = field(default_factory=lambda: array("i"))
    exact: "array[int]" = field(default_factory=lambda: array("b"))
    left_out: Counter[str] = field(default_factory=Counter)

    def number(self, artist: str, part: Part) -> int:
        """Of an artist as it is written; -1 of none. Raises InputError."""
        name = hand_written(CONTROL.sub("", artist)).encode("utf-8", "ignore").decode()
        if len(name) > LONGEST_NAME or len(self.written) > ARTISTS:
            raise InputError(
                f"{part.name}: more than {ARTISTS} artists, or a name of more than {LONGEST_NAME} characters;"
                " give a listening history"
            )
        number = self.names[name] if name else -1
        self.written[artist] = number
        return number

    def take(self, part: Part, form: Form) -> None:
        written, ids, people, exact = self.written, self.ids, self.people, form.seconds == 1
        columns = self.time, self.track, self.artist, self.mbid, self.person, self.exact
        add_time, add_track, add_artist, add_mbid, add_person, add_exact = (column.append for column in columns)
        for place, play in enumerate(form.read(part)):
            if not isinstance(play, Play):
                self.left_out[play] += 1
                continue
            artist, track, time, ms, mbid, person = play
            number = written.get(artist)
            if number is None:
                number = self.number(artist, part)
            if number < 0:
                self.left_out[NAMELESS] += 1
                continue
            if ms is not None and ms < SHORTEST:
                self.left_out[NOT_LISTENED] += 1
                continue
            if time is None or time < OLDEST:
                time = -1 - place  # where it stands in its file, so that the same file twice is one
            elif time > NEWEST:
                raise InputError(f"{part.name}: a play in the year 2242 or later; get the file anew")
            add_time(time)
            add_track(hash(track))
            add_artist(number)
            add_mbid(ids[mbid])
            add_person(people[person])
            add_exact(exact)
            if len(self.time) > MOST:
                raise InputError(f"{part.name}: more than {MOST} plays; give those of fewer people or years")


def _unlike_before(*columns: np.ndarray) -> np.ndarray:
    """(n,): whether a row differs from the one before it."""
    unlike = np.ones(len(columns[0]), dtype=bool)
    unlike[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return unlike


def _once(plays: _Plays) -> np.ndarray:
    """Places of the plays, each once. A time to the minute is that of an exact play in it, if there is one."""
    time, track = (np.frombuffer(column, np.int64) for column in (plays.time, plays.track))
    artist, mbid, person = (np.frombuffer(column, np.int32) for column in (plays.artist, plays.mbid, plays.person))
    rough = np.frombuffer(plays.exact, np.int8) == 0
    known = time >= 0
    minute = np.where(known, time // MINUTE, time)
    # within a minute, exact times are first; of a play that stands there twice, the one with a MusicBrainz id is
    order = np.lexsort((mbid == 0, time, rough, minute, track, artist, person))
    same_minute = ~_unlike_before(*(column[order] for column in (person, artist, track, minute)))
    same_time = same_minute & ~_unlike_before(time[order])
    return order[~np.where(rough[order], same_minute, same_time)]


def _dates(times: np.ndarray) -> str:
    known = times[times >= 0]
    if not len(known):
        return "without dates"
    first, last = (datetime.fromtimestamp(int(time), UTC).date() for time in (known.min(), known.max()))
    return f"{first} to {last}"


def _mbids(artist: np.ndarray, mbid: np.ndarray, ids: list[str], count: int) -> list[str]:
    """Of each of `count` artists, the MusicBrainz id that most of the plays have that have one."""
    pairs, plays = np.unique(np.stack([artist, mbid])[:, mbid > 0], axis=1, return_counts=True)
    found = [(0, "")] * count
    for number, place, times in zip(*pairs.tolist(), plays.tolist(), strict=True):
        found[number] = max(found[number], (times, ids[place]))
    return [mbid for _, mbid in found]


def is_history(path: Path) -> bool:
    """Whether a file is of one of the forms, or a folder or zip has such a file."""
    return any(form_of(part) for part in parts(path))


def read_history(paths: Iterable[Path]) -> History:
    """All plays of the files, folders and zips. Raises InputError where none of them is a history, a file of one has
    a mistake, or there is no play."""
    plays, files, others = _Plays(), 0, 0
    names = []
    for path in paths:
        names.append(path.name)
        for part in parts(path):
            if form := form_of(part):
                plays.take(part, form)
                files += 1
            else:
                others += 1
    where = ", ".join(names)
    if not files:
        raise InputError(f"{where}: no listening history; give {NO_HISTORY}")
    kept = _once(plays) if plays.time else np.zeros(0, dtype=np.int64)
    plays.left_out[TWICE] += len(plays.time) - len(kept)
    left_out = ", ".join(f"{count} {why}" for why, count in sorted(plays.left_out.items()) if count)
    if not len(kept):
        raise InputError(f"{where}: no plays (left out: {left_out or 'nothing'}); give a history that has some")
    time, artist, mbid, person = (
        np.frombuffer(column, kind)[kept]
        for column, kind in (
            (plays.time, np.int64),
            *((one, np.int32) for one in (plays.artist, plays.mbid, plays.person)),
        )
    )
    played = np.unique(artist)
    place = np.zeros(len(plays.names), dtype=np.int64)
    place[played] = np.arange(len(played))
    pairs, counts = np.unique(person * np.int64(len(played)) + place[artist], return_counts=True)
    all_names = list(plays.names)
    read = (
        f"read {files} file{'s' * (files > 1)}: {len(kept)} plays of {len(played)} artists, {_dates(time)};"
        f" left out: {left_out or 'nothing'}" + f"; {others} other file{'s' * (others > 1)}" * (others > 0)
    )
    return History(
        list(plays.people),
        [all_names[number] for number in played.tolist()],
        pairs // len(played),
        pairs % len(played),
        counts,
        _mbids(place[artist], mbid, list(plays.ids), len(played)),
        read,
    )
