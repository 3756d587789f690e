"""Column names and Parquet schemas, each once, with checked readers and writers."""

from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lastfm_gnn.core.files import regular, sha256, whole
from lastfm_gnn.core.program import InputError, reason


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema([pa.field(name, column_type, nullable=False) for name, column_type in columns.items()])


# liking: ln(count) / the user's largest ln(count), in [0, 1]
LISTENS = _schema(user_id=pa.int32(), artist_id=pa.int32(), count=pa.int32(), liking=pa.float64())
USERS = _schema(user_id=pa.int32())
USER_NAMES = _schema(user_id=pa.int32(), name=pa.string())  # of somebody's own listens; HetRec has none
ARTISTS = _schema(artist_id=pa.int32(), name=pa.string(), url=pa.string(), picture_url=pa.string())
ARTIST_MBIDS = _schema(artist_id=pa.int32(), mbid=pa.string())  # MusicBrainz ids that own listens have
FRIENDS = _schema(user_id=pa.int32(), friend_id=pa.int32())
TAGS = _schema(tag_id=pa.int32(), tag=pa.string())
TAG_ASSIGNMENTS = _schema(user_id=pa.int32(), artist_id=pa.int32(), tag_id=pa.int32(), date=pa.date32())

# LastFM Asia. list_known: the features file has a list of the user's artists, be it empty.
ASIA_USERS = _schema(user_id=pa.int32(), list_known=pa.bool_())
FRIENDSHIPS = _schema(user_id=pa.int32(), friend_id=pa.int32())  # user_id < friend_id, each friendship once
LIKES = _schema(user_id=pa.int32(), artist_id=pa.int32())

# All users, and a part of a split.
USER_REGIONS = _schema(user_id=pa.int32(), region=pa.int32())
USER_ARTISTS = _schema(user_id=pa.int32(), artists=pa.list_(pa.field("element", pa.int32(), nullable=False)))
CHOSEN_ARTISTS = _schema(artist_id=pa.int32())  # those of a task, in the order of their ids
REGION_PREDICTIONS = USER_REGIONS.append(pa.field("predicted", pa.int32(), nullable=False))
# best: the artists of the highest scores, best first. Scores of a user who likes none of the artists are null.
ARTIST_PREDICTIONS = pa.schema(
    [
        pa.field("user_id", pa.int32(), nullable=False),
        pa.field("likes", pa.int32(), nullable=False),
        pa.field("one_minus_hamming", pa.float64(), nullable=False),
        *(pa.field(name, pa.float64()) for name in ("f1", "average_precision", "recall_20", "ndcg_20")),
        pa.field("best", pa.list_(pa.field("element", pa.int32(), nullable=False)), nullable=False),
    ]
)

# A part of a strict split: one row a pair.
PAIRS = _schema(user_id=pa.int32(), artist_id=pa.int32(), liking=pa.float64())
# A part of a published split: one row a directed edge, "user_to_artist" or "artist_to_user".
DIRECTED_PAIRS = PAIRS.append(pa.field("direction", pa.string(), nullable=False))

# The leaderboard: pairs to predict, and their scores; those of the validation part by models trained without it.
QUERIES = _schema(user_id=pa.int32(), artist_id=pa.int32())
SCORES = _schema(user_id=pa.int32(), artist_id=pa.int32(), part=pa.string(), predicted=pa.float64())

RANKING_PAIRS = _schema(user_id=pa.int32(), artist_id=pa.int32(), count=pa.int32())  # a part of a ranking split
BEST_ARTISTS = USER_ARTISTS  # the best of those that a user has not in train, best first
BEST_BY_STEP = BEST_ARTISTS.append(pa.field("step", pa.int32(), nullable=False))  # the same, at steps of a training

# Pairs of no friends, against whom hidden friendships are held; and how likely candidates are friends.
STRANGERS = FRIENDSHIPS.append(pa.field("part", pa.string(), nullable=False))
# uniform: false for those who were drawn in proportion to their number of friends.
CANDIDATES = FRIENDSHIPS.append(pa.field("uniform", pa.bool_(), nullable=False))
FRIEND_SCORES = CANDIDATES.append(pa.field("score", pa.float64(), nullable=False))


def _user_scores(*metrics: str) -> pa.Schema:
    """The own scores of every tested user: means over `count` things of theirs; null where one has no score."""
    scores = [pa.field(name, pa.float64()) for name in metrics]
    return pa.schema([*_schema(user_id=pa.int32(), count=pa.int32()), *scores])


LIKING_USERS = _user_scores("mse", "mae", "spearman")
RANKING_USERS = _user_scores(
    *(f"{name}_{k}" for name in ("recall", "ndcg", "mrr", "hit", "popularity") for k in (10, 20))
)
# of every tested friendship, means of its two ends
FRIENDSHIP_SCORES = pa.schema(
    [
        *FRIENDSHIPS,
        *(pa.field(name, pa.float64(), nullable=False) for name in ("auc", "mrr", "hits_10", "hits_20", "mrr_hard")),
    ]
)


def _lists(**columns: pa.DataType) -> pa.DataType:
    return pa.list_(pa.field("element", pa.struct(_schema(**columns)), nullable=False))


# share: of the artist's score, that came from this listen or friend; the largest first.
RECOMMENDED_ARTISTS = _schema(
    user_id=pa.int32(),
    rank=pa.int32(),
    artist_id=pa.int32(),
    artist=pa.string(),
    score=pa.float64(),
    predicted_liking=pa.float64(),
    listens=_lists(artist_id=pa.int32(), artist=pa.string(), share=pa.float64()),
    friends=_lists(user_id=pa.int32(), share=pa.float64()),
)
# common: friends of both, who has the fewest friends first.
RECOMMENDED_FRIENDS = _schema(
    user_id=pa.int32(),
    rank=pa.int32(),
    friend_id=pa.int32(),
    score=pa.float64(),
    common=_lists(user_id=pa.int32()),
)

PREDICTIONS = PAIRS.append(pa.field("predicted", pa.float64(), nullable=False))
DIRECTED_PREDICTIONS = DIRECTED_PAIRS.append(pa.field("predicted", pa.float64(), nullable=False))


# Where the data of a table come from: the published data set, a part of it, made up, or somebody's own listens.
SOURCES = ("official", "partial", "generated", "own")

UNREADABLE = (OSError, ValueError, pa.ArrowException)


def write(path: str | Path, frame: pd.DataFrame, schema: pa.Schema, source: str) -> None:
    """Write `frame` as Parquet of exactly this schema, whole or not at all; its metadata name the source. Raises
    InputError where a value is missing or infinite that may not be: a model that was trained badly predicts such."""
    write_parts(path, [frame], schema, source)


def write_parts(path: str | Path, frames: Iterable[pd.DataFrame], schema: pa.Schema, source: str) -> None:
    """As write(), of frames one below the other, of which only one need be in memory."""
    if source not in SOURCES:
        raise ValueError(f"{source} is no source")
    schema = schema.with_metadata({"source": source})
    with whole(path) as temporary, pq.ParquetWriter(temporary, schema) as file:
        for frame in frames:
            _expect_numbers(path, frame, schema)
            table = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
            file.write_table(table.replace_schema_metadata(schema.metadata))


def read(path: str | Path, *schemas: pa.Schema) -> pd.DataFrame:
    """Read a Parquet table that has one of these schemas; rows keep their order.

    Raises InputError where the file is not there, is cut, is no Parquet, has other columns, or lacks values.
    """
    try:
        table = pq.read_table(regular(path))
        table.validate(full=True)
    except UNREADABLE as error:
        raise InputError(
            f"{path}: not a readable Parquet file ({reason(error)}); delete it and run again, or give another"
        ) from error
    if not any(table.schema.equals(schema) for schema in schemas):
        expected = " or ".join(str(schema.names) for schema in schemas) + ", each with all values"
        raise InputError(
            f"{path}: columns {table.schema.names} of types {[str(t) for t in table.schema.types]},"
            f" not {expected}; give another, or delete it and run again"
        )
    frame = table.to_pandas()
    _expect_numbers(path, frame, table.schema)
    return frame


def expect_apart(*parts: Path) -> None:
    """Raise InputError where a row is in two of these parts of a split: what is learnt from measures nothing."""
    keys = ("user_id", "artist_id", "friend_id", "direction")
    frames = []
    for part in parts:
        try:
            frames.append(pq.read_table(regular(part)).to_pandas())
        except UNREADABLE as error:
            raise InputError(f"{part}: not a readable table ({reason(error)}); delete it and run again") from error
    for (first, one), (second, other) in combinations(zip(parts, frames, strict=True), 2):
        shared = [key for key in keys if key in one and key in other]
        if not shared:
            raise InputError(f"{first} and {second}: no ids of one kind; give parts of one split")
        both = one.merge(other, on=shared)
        if len(both):
            raise InputError(f"{first} and {second} share {len(both)} rows; give different parts of one split")


def _expect_numbers(path: str | Path, frame: pd.DataFrame, schema: pa.Schema) -> None:
    """Raise InputError where a value is missing, or is infinite, in a column that must have all."""
    for field in schema:
        values = frame[field.name]
        infinite = pa.types.is_floating(field.type) and np.isinf(values).any()
        if not field.nullable and (infinite or values.isna().any()):
            raise InputError(f"{path}: a {field.name} is no number; see where it comes from, and make it anew")


def source_of(*paths: str | Path) -> str:
    """The source of what is made from these tables: official if all of them are, else that of those that are not.

    Raises InputError where a table names none, or two of them differ and neither is official.
    """
    sources = {}
    for path in map(Path, paths):
        try:
            source = (pq.read_schema(regular(path)).metadata or {}).get(b"source", b"").decode()
        except UNREADABLE as error:
            raise InputError(
                f"{path}: not a readable Parquet file ({reason(error)}); delete it and run again"
            ) from error
        if source not in SOURCES:
            raise InputError(f"{path}: does not say where its data come from; delete it and run again")
        sources[source] = path
    others = sources.keys() - {"official"}
    if len(others) > 1:
        stated = " and ".join(f"{path} is {source}" for source, path in sorted(sources.items()))
        raise InputError(f"data of different sources: {stated}; give those of one")
    return others.pop() if others else "official"


def source_note(source: str) -> str:
    """For the end of a title: nothing of official data."""
    return "" if source == "official" else f" ({source} data)"


def name_source(table: pd.DataFrame, sources: set[str]) -> None:
    """Put what is not official into a first column, `data`, of a table of results."""
    if others := sorted(sources - {"official"}):
        table.insert(0, "data", " and ".join(others))


def numbering_sha256(folder: Path) -> dict[str, str]:
    """Digests of the folder's tables that give users and artists their numbers."""
    files = {name: folder / f"{name}.parquet" for name in ("users", "artists")}
    return {name: sha256(path) for name, path in files.items()}
