"""Turn your own listens, as count_listens.py adds them up, into the tables that the pipeline reads.

Users and artists are names or numbers, taken as text. The liking score is that of build_tables. Friends and tags are
empty where there is no file of them.

Ids are drawn by a fixed seed: they carry no information, and the order of the rows changes nothing.

    python workflow/scripts/data/build_own_tables.py --counts results/own/raw/own/counts.arrow \\
        --mbids results/own/raw/own/mbids.parquet --output-folder results/own/tables/own
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sp

from lastfm_gnn.core import program
from lastfm_gnn.data import tables
from lastfm_gnn.data.beside import read_friends, read_tags
from lastfm_gnn.data.liking_scores import liking_scores
from lastfm_gnn.data.own_listens import Listens, load_counts
from lastfm_gnn.data.people import MBIDS

SEED = 2011
ROWS = 1 << 20  # at a time, or somewhat more


def random_ids(count: int, random: np.random.Generator) -> np.ndarray:
    """(count,): ids from 1, in a random order."""
    return (random.permutation(count) + 1).astype(np.int32)


def in_order(listens: Listens, user_id: np.ndarray, artist_id: np.ndarray, score: str) -> Iterator[pd.DataFrame]:
    """Tables of listens, of some users each, sorted by user and artist."""
    first = np.concatenate([[0], np.cumsum(np.bincount(listens.user, minlength=len(user_id)))])
    by_id = np.argsort(user_id)
    end = np.cumsum(np.diff(first)[by_id])
    edges = np.searchsorted(end, np.arange(0, end[-1], ROWS))
    by_user = sp.csr_array((listens.count, artist_id[listens.artist], first), (len(user_id), len(artist_id) + 1))
    for start, stop in pairwise([*np.unique(edges), len(by_id)]):
        some = by_user[by_id[start:stop]]
        some.sort_indices()
        user = np.repeat(user_id[by_id[start:stop]], np.diff(some.indptr))
        liking = liking_scores(user, some.data, score)
        yield pd.DataFrame({"user_id": user, "artist_id": some.indices, "count": some.data, "liking": liking})


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--counts", type=Path, required=True)
    parser.add_argument("--mbids", type=Path, required=True, help="MusicBrainz ids by artist's name")
    parser.add_argument("--friends", type=Path, help="CSV of user, friend")
    parser.add_argument("--tags", type=Path, help="CSV of user, artist, tag and, if you like, date")
    parser.add_argument("--score", choices=["ln", "log1p"], default="ln")
    parser.add_argument("--output-folder", type=Path, required=True)
    args = parser.parse_args(argv)

    own = load_counts(args.counts)
    random = np.random.default_rng(SEED)
    users, artists = (random_ids(len(names), random) for names in (own.users, own.artists))
    listens = in_order(own, users, artists, args.score)
    tables.write_parts(args.output_folder / "listens.parquet", listens, tables.LISTENS, "own")
    user_names, artist_names = (
        pd.DataFrame({f"{what}_id": ids, "name": names}).sort_values(f"{what}_id", ignore_index=True)
        for what, ids, names in (("user", users, own.users), ("artist", artists, own.artists))
    )
    mbids = tables.read(args.mbids, MBIDS).merge(artist_names, left_on="artist", right_on="name")
    content = {
        "users": user_names[["user_id"]],
        "user_names": user_names,
        "artists": artist_names.assign(url="", picture_url=""),
        "artist_mbids": mbids[["artist_id", "mbid"]].sort_values("artist_id", ignore_index=True),
    }
    id_of_user, id_of_artist = (
        dict(zip(frame.name, frame[f"{what}_id"], strict=True))
        for what, frame in (("user", user_names), ("artist", artist_names))
    )
    if args.friends:
        content["friends"] = read_friends(args.friends, id_of_user)
        print(f"{len(content['friends']) // 2} friendships")
    if args.tags:
        tags, assigned, unheard = read_tags(args.tags, id_of_user, id_of_artist)
        tag_ids = random_ids(len(tags), random)
        assigned["tag_id"] = tag_ids[assigned.tag_id]
        content["tags"] = pd.DataFrame({"tag_id": tag_ids, "tag": tags}).sort_values("tag_id", ignore_index=True)
        content["tag_assignments"] = assigned.sort_values(list(assigned), ignore_index=True)
        print(f"{len(assigned)} tags given to artists; left out: {unheard} to artists whom nobody listens to")
    for name in ("users", "user_names", "artists", "artist_mbids", "friends", "tags", "tag_assignments"):
        schema = getattr(tables, name.upper())
        frame = content.get(name, schema.empty_table().to_pandas())
        tables.write(args.output_folder / f"{name}.parquet", frame, schema, "own")
    print(f"{len(own.count)} listens of {len(user_names)} users to {len(artist_names)} artists")


if __name__ == "__main__":
    program.run(main)
