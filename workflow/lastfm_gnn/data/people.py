"""Own listens of whatever kind: a table of users, artists and counts, or histories, a person a file or folder."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from lastfm_gnn.core.program import InputError
from lastfm_gnn.data.histories.history import History, is_history, read_history
from lastfm_gnn.data.own_listens import Listens, read_listens
from lastfm_gnn.data.plays import Plays, expect_table, read_plays
from lastfm_gnn.data.rows import CONTROL, LARGEST, hand_written

ME = "me"  # whoever gives one history: the name of its file may be that of an account
OF_ONE_EXPORT = ("Streaming_History_", "StreamingHistory")  # as Spotify names the files of one person
BESIDE = ("friends.csv", "tags.csv")  # of all people: lastfm_gnn.data.beside
MBIDS = pa.schema([pa.field("artist", pa.string(), nullable=False), pa.field("mbid", pa.string(), nullable=False)])


@dataclass(frozen=True)
class OwnListens:
    """mbids: MusicBrainz ids by artist's name, of those that have one. read: lines that say what was read."""

    listens: Listens
    mbids: dict[str, str]
    read: list[str]

    def mbid_table(self) -> pd.DataFrame:
        """Columns MBIDS, in the order of the names."""
        return pd.DataFrame(sorted(self.mbids.items()), columns=MBIDS.names)


def _people(paths: list[Path]) -> dict[str, Path]:
    """By name. Raises InputError where two have one, or files are parts of one person's export."""
    people: dict[str, Path] = {}
    for path in paths:
        if path.name.startswith(OF_ONE_EXPORT):
            raise InputError(
                f"{path}: a part of one person's export; put the parts into a folder that has the person's name,"
                " and give the folder that this one is in"
            )
        name = hand_written(path.name if path.is_dir() else path.stem)
        if not name or CONTROL.search(name) or not name.isprintable() or name in people:
            raise InputError(
                f"{path}: people are called by their files, and {name!r} is no name, or that of another file, too;"
                " rename it"
            )
        people[name] = path
    return people


def _by_person(history: History) -> dict[str, Plays]:
    """Of a file of several people, who have numbers, or of one."""
    mbids = {name: mbid for name, mbid in zip(history.artists, history.mbids, strict=True) if mbid}
    counts: dict[str, dict[str, int]] = {}
    for person, artist, count in zip(
        *(x.tolist() for x in (history.person, history.artist, history.count)), strict=True
    ):
        counts.setdefault(history.people[person] or ME, {})[history.artists[artist]] = count
    return {person: Plays(of_person, mbids, "") for person, of_person in counts.items()}


def _joined(people: dict[str, Plays], read: list[str]) -> OwnListens:
    users = sorted(people)
    artists = sorted({artist for plays in people.values() for artist in plays.counts})
    place = {artist: number for number, artist in enumerate(artists)}
    user = np.repeat(np.arange(len(users)), [len(people[name].counts) for name in users])
    artist = np.array([place[artist] for name in users for artist in people[name].counts])
    count = np.array([count for name in users for count in people[name].counts.values()])
    for one in np.flatnonzero(count > LARGEST)[:1]:
        raise InputError(
            f"{users[user[one]]}: the counts of {artists[artist[one]]} add up to more than {LARGEST}; mend the files"
        )
    order = np.lexsort((artist, user))
    votes: Counter[tuple[str, str]] = Counter()
    for plays in people.values():
        votes.update(plays.mbids.items())
    # the one that most people have; of several the last in the order of the ids
    mbids = {name: mbid for (name, mbid), _ in sorted(votes.items(), key=lambda vote: (vote[1], vote[0]))}
    return OwnListens(Listens(users, artists, user[order], artist[order], count[order]), mbids, read)


def read_own(paths: list[Path]) -> OwnListens:
    """Of one table, history or dump of several people's; or of a person a path, or a file or folder in the one folder
    that is given. Raises InputError where one of them is none, or has a mistake."""
    if len(paths) == 1 and not paths[0].is_dir():
        if is_history(paths[0]):
            history = read_history(paths)
            return _joined(_by_person(history), [history.read])
        expect_table(paths[0])
        return OwnListens(read_listens(paths[0]), {}, [])
    if len(paths) == 1:
        paths = sorted(
            path for path in paths[0].iterdir() if not path.name.startswith(".") and path.name not in BESIDE
        )
    if not paths:
        raise InputError("listens: an empty folder; put the histories into it, a file or folder a person")
    people = {name: read_plays([path]) for name, path in _people(paths).items()}
    return _joined(people, [f"{name}: {plays.read}" for name, plays in people.items()])
