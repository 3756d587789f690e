"""HetRec 2011 LastFM-2k as it is published: its files, their format, and what is known of them."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import rows
from lastfm_gnn.data.rows import Row

FOLDER = "hetrec2011-lastfm-2k"
URL = "https://files.grouplens.org/datasets/hetrec2011/hetrec2011-lastfm-2k.zip"
ZIP_SHA256 = "6738f48195667ff03caaab4d32ca9a3133d8cc026b7c3cdaf6ce1010e913c59c"
SHA256 = {
    "artists.dat": "c173881362c6b28551368fecb3c0be5a6a30a6cd859e1f5775413dfe46d48648",
    "tags.dat": "e95175f259be4c0c47644ae23d66131cd6d5767142a1405000e79f5584691d70",
    "user_artists.dat": "001400dc3c7d2667fca6e4ea6dc6acc31a9dd28ad5cd0f74cea988c019934d3b",
    "user_friends.dat": "9a3a8f7fa5f5ec832335e5b58ed69a4cf27c6f6f6afcde62134810eea46445a7",
    "user_taggedartists.dat": "d31fe938fcfeed6f0059f37a36b156f63674d073fc2553e5cc9dc1595e365bc7",
}
HEADERS = {
    "artists.dat": ("id", "name", "url", "pictureURL"),
    "tags.dat": ("tagID", "tagValue"),
    "user_artists.dat": ("userID", "artistID", "weight"),
    "user_friends.dat": ("userID", "friendID"),
    "user_taggedartists.dat": ("userID", "artistID", "tagID", "day", "month", "year"),
}


def read_rows(folder: str | Path, file: str) -> Iterator[Row]:
    """The rows of a raw file below its header, in file order: UTF-8, but for tags.dat, which is latin-1."""
    encoding = "latin-1" if file == "tags.dat" else "utf-8"
    return rows.read_rows(Path(folder) / file, HEADERS[file], "\t", encoding)


def check_facts(tables: dict[str, pd.DataFrame]) -> None:
    """Assert what is known of the official data set (1,892 users, 17,632 artists, 92,834 listens, ...).

    `tables` maps listens, users, artists, friends, tags, tag_assignments to their frames.
    Raises InputError naming every fact that does not hold.
    """
    listens = tables["listens"]
    all_ones = listens.groupby("user_id")["count"].transform("max") == 1
    facts = {
        "listens": (len(listens), 92_834),
        "users": (len(tables["users"]), 1_892),
        "smallest and largest user id": ((listens.user_id.min(), listens.user_id.max()), (2, 2_100)),
        "artists": (len(tables["artists"]), 17_632),
        "artists listened to": (listens.artist_id.nunique(), 17_632),
        "smallest and largest artist id": ((listens.artist_id.min(), listens.artist_id.max()), (1, 18_745)),
        "largest count": (listens["count"].max(), 352_698),
        "counts of 1": ((listens["count"] == 1).sum(), 636),
        "users with 50 artists": ((listens.user_id.value_counts() == 50).sum(), 1_829),
        "artists with one listener": ((listens.artist_id.value_counts() == 1).sum(), 10_679),
        "users whose counts are all 1": (sorted(listens.user_id[all_ones].unique()), [1432, 1773, 1893]),
        "rows of those users": (all_ones.sum(), 23),
        "friend rows": (len(tables["friends"]), 25_434),
        "tags": (len(tables["tags"]), 11_946),
        "tag assignments": (len(tables["tag_assignments"]), 186_479),
    }
    wrong = [f"{what}: {value}, not {fact}" for what, (value, fact) in facts.items() if value != fact]
    if wrong:
        raise InputError(f"the tables are not those of {FOLDER}: {'; '.join(wrong)}; get the files anew")
