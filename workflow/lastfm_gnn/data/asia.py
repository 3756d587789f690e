"""LastFM Asia as it is published: its files, their format, and what is known of them."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd

from lastfm_gnn.core.files import regular
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data.rows import read_rows, unique

FOLDER = "lastfm_asia"
URL = "https://snap.stanford.edu/data/lastfm_asia.zip"  # no checksum of it is known: its files are checked
EDGES, TARGET, FEATURES = (f"lastfm_asia_{part}" for part in ("edges.csv", "target.csv", "features.json"))
SHA256 = {
    EDGES: "548eacff61bff564ab5007831fa4a7a30e1a3956075ffd24e43310ed33555842",
    TARGET: "91f19215f6eca8321feec038bd32900cf13fd4f7e041a9976cf202807c72ac16",
}
FEATURES_GIT_BLOB = "e8606ab45b45f53ab763c6c57e9da0b6f7e5ab01"
USERS, FRIENDSHIPS, REGIONS, ARTISTS = 7_624, 27_806, 18, 7_842
DIGITS = 10  # of an id


def git_blob(path: Path) -> str:
    """The id that git gives a file's content."""
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def read_users(path: Path) -> pd.DataFrame:
    """user_id and region of every user; a region outside 0 .. 17 is an InputError naming the line."""
    rows = unique(read_rows(path, ("id", "target"), ","), "id")
    pairs = [(row.whole_number("id"), row.whole_number("target", at_most=REGIONS - 1)) for row in rows]
    return pd.DataFrame(pairs, columns=["user_id", "region"]).sort_values("user_id", ignore_index=True)


def read_friendships(path: Path, users: set[int]) -> pd.DataFrame:
    """user_id < friend_id, each friendship once.

    Raises InputError naming the line of a user without a region, a self-loop, or a friendship that stands twice,
    in whichever direction.
    """
    lines: dict[tuple[int, int], int] = {}
    for row in read_rows(path, ("node_1", "node_2"), ","):
        ends = row.whole_number("node_1"), row.whole_number("node_2")
        for user in ends:
            if user not in users:
                raise row.error(f"user {user} has no region in {TARGET}")
        if ends[0] == ends[1]:
            raise row.error(f"user {ends[0]} is their own friend")
        pair = min(ends), max(ends)
        if pair in lines:
            raise row.error(f"friendship {pair[0]} {pair[1]} stands in line {lines[pair]} already")
        lines[pair] = row.line
    return pd.DataFrame(sorted(lines), columns=["user_id", "friend_id"])


def read_likes(path: Path, users: set[int]) -> tuple[pd.DataFrame, np.ndarray]:
    """The artists of every user that the file has a list of, empty lists too.

    Returns user_id, artist_id, one row a like, sorted; and the users with a list. Raises InputError naming the
    place of JSON that is cut, a user id that is no whole number or stands twice, a user without a region, an
    artist id that is no whole number, and one that stands twice in a list.
    """

    def fail(where: str, what: str) -> InputError:
        return InputError(f"{path.name}, {where}: {what}; mend it or get the file anew")

    def keep_pairs(pairs: list[tuple[str, object]]) -> tuple[tuple[str, object], ...]:
        return tuple(pairs)  # a dictionary would swallow a user that stands twice

    try:
        lists = json.loads(regular(path).read_text(encoding="utf-8"), object_pairs_hook=keep_pairs)
    except UnicodeDecodeError as error:
        raise fail(f"byte {error.start + 1}", "not UTF-8") from error
    except json.JSONDecodeError as error:
        raise fail(f"line {error.lineno}, column {error.colno}", f"no JSON from here ({error.msg})") from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, lists in lists in lists
        raise fail("somewhere", "too long a number, or too many lists in one another") from error
    if not (isinstance(lists, tuple) and lists):
        raise fail("line 1", "not an object of users and their lists of artists")
    listed: dict[int, np.ndarray] = {}
    for key, artists in lists:
        if not (key.isascii() and key.isdigit()) or len(key) > DIGITS:
            raise fail(f"user {key[:50]!r}", f"not a whole number of at most {DIGITS} digits")
        user = int(key)
        if user not in users:
            raise fail(f"user {user}", f"no region in {TARGET}")
        if user in listed:
            raise fail(f"user {user}", "stands twice")
        if not isinstance(artists, list):
            raise fail(f"user {user}", "no list of artists")
        for artist in artists:
            if type(artist) is not int or not 0 <= artist < ARTISTS:
                shown = "an artist" if isinstance(artist, list | tuple) else f"artist {str(artist)[:50]}"
                raise fail(f"user {user}", f"{shown} is no whole number from 0 to {ARTISTS - 1}")
        listed[user] = np.sort(np.array(artists, dtype=np.int64))
        if (twice := listed[user][1:][np.diff(listed[user]) == 0]).size:
            raise fail(f"user {user}", f"artist {twice[0]} stands twice in the list")
    known = np.array(sorted(listed))
    likes = pd.DataFrame(
        {
            "user_id": np.repeat(known, [len(listed[user]) for user in known]),
            "artist_id": np.concatenate([listed[user] for user in known]),
        }
    )
    return likes, known


def check_facts(users: pd.DataFrame, friendships: pd.DataFrame) -> None:
    """Assert what is known of the official graph. Raises InputError naming every fact that does not hold."""
    region = users.set_index("user_id").region
    same = region[friendships.user_id].to_numpy() == region[friendships.friend_id].to_numpy()
    facts = {
        "users": (len(users), USERS),
        "largest user id": (users.user_id.max(), USERS - 1),
        "friendships": (len(friendships), FRIENDSHIPS),
        "regions": (users.region.nunique(), REGIONS),
        "share of the largest region, in %": (round(100 * users.region.value_counts(normalize=True).max(), 1), 20.6),
        "friendships within a region, in %": (round(100 * same.mean(), 1), 87.4),
    }
    wrong = [f"{what}: {value}, not {fact}" for what, (value, fact) in facts.items() if value != fact]
    if wrong:
        raise InputError(f"the tables are not those of {FOLDER}: {'; '.join(wrong)}; get the files anew")
