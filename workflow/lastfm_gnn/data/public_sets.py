"""Public data sets of real size, as blocks of users, artists and counts.

- LastFM-360K: usersha1-artmbid-artname-plays.tsv, without header and quotes: a SHA-1 of the user, the artist's
  MusicBrainz id or nothing, the artist's name, plays. An artist is their name, since not every row has an id.
- Yambda (Ploshkin et al., 2025): listens.parquet, a row a play, and artist_item_mapping.parquet in the same folder or
  one of the two above it. A play counts if more than half of the track was played, as the authors have it, and for
  each of the track's artists.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from lastfm_gnn.core.program import InputError

LASTFM_360K_LINE = re.compile(rb"[0-9a-f]{40}\t[^\t]*\t[^\t]*\t *\d+\r?\n?")
YAMBDA_COLUMNS = {"uid", "item_id", "played_ratio_pct"}
MAPPING = "artist_item_mapping.parquet"
PLAYED = 50  # per cent of a track, which a play must exceed

TEXT = pa.dictionary(pa.int32(), pa.string())


def is_lastfm_360k(first_line: bytes) -> bool:
    return LASTFM_360K_LINE.fullmatch(first_line) is not None


def lastfm_360k_blocks(path: Path, block: int) -> Iterator[pa.RecordBatch]:
    """user, artist, count as text, `block` bytes at a time; rows without a user's SHA-1, an artist's name or plays
    are left out, and so are lines of other columns. Raises pa.ArrowInvalid where the file is not UTF-8."""
    names = ["user", "mbid", "artist", "count"]
    with path.open("rb") as file:
        reader = pa.csv.open_csv(
            file,
            read_options=pa.csv.ReadOptions(column_names=names, block_size=block),
            parse_options=pa.csv.ParseOptions(
                delimiter="\t", quote_char=False, invalid_row_handler=lambda row: "skip"
            ),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), include_columns=["user", "artist", "count"]
            ),
        )
        for batch in reader:
            count = pc.utf8_trim_whitespace(batch.column("count"))
            kept = pc.and_(
                pc.match_substring_regex(count, "^0*[1-9][0-9]{0,9}$"),
                pc.and_(
                    pc.match_substring_regex(batch.column("user"), "^[0-9a-f]{40}$"),
                    pc.match_substring_regex(batch.column("artist"), r"\S"),
                ),
            )
            columns = [batch.column("user"), batch.column("artist"), count]
            yield pa.RecordBatch.from_arrays(
                [column.filter(kept).dictionary_encode() for column in columns], ["user", "artist", "count"]
            )


def _mapping(path: Path) -> Path:
    """The file beside or above Yambda's listens that says who made which track. Raises InputError without one."""
    for folder in list(path.absolute().parents)[:3]:
        if (folder / MAPPING).is_file():
            return folder / MAPPING
    raise InputError(f"{path}: {MAPPING} is neither beside it nor one or two folders above; download it, too")


def yambda_blocks(path: Path, rows: int) -> Iterator[pa.RecordBatch]:
    """user, artist, count as text, of `rows` plays at a time. Raises InputError, or pa.ArrowException where a file is
    none of Yambda."""
    mapping = pq.read_table(_mapping(path), columns=["item_id", "artist_id"])
    item, artist = (mapping.column(name).to_numpy().astype(np.int64) for name in ("item_id", "artist_id"))
    order = np.argsort(item, kind="stable")
    item, artist = item[order], artist[order]
    for block in pq.ParquetFile(path).iter_batches(batch_size=rows, columns=sorted(YAMBDA_COLUMNS)):
        played = block.filter(pc.greater(block.column("played_ratio_pct"), PLAYED))
        track = played.column("item_id").to_numpy().astype(np.int64)
        first, end = np.searchsorted(item, track, side="left"), np.searchsorted(item, track, side="right")
        count = end - first
        play = np.repeat(np.arange(len(track)), count)
        place = np.arange(len(play)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
        user = played.column("uid").take(pa.array(play))
        ones = pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(play), dtype=np.int32)), pa.array(["1"]))
        encoded = [pc.cast(column, pa.string()).dictionary_encode() for column in (user, pa.array(artist[place]))]
        yield pa.RecordBatch.from_arrays([*encoded, ones], ["user", "artist", "count"])
