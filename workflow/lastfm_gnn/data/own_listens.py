"""Somebody's own listens, a CSV or Parquet file of user, artist and count, or a public data set, of any length.

A file is read by columns, block by block. A CSV in which a column has something else than expected is read once more,
row by row, which tells the line of what is wrong, or takes what is only unusual.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from lastfm_gnn.core.files import regular, whole
from lastfm_gnn.core.program import InputError, reason
from lastfm_gnn.data.public_sets import (
    TEXT,
    YAMBDA_COLUMNS,
    is_lastfm_360k,
    lastfm_360k_blocks,
    yambda_blocks,
)
from lastfm_gnn.data.rows import CONTROL, LARGEST, Row, csv_cells, hand_written
from lastfm_gnn.data.tables import UNREADABLE

COLUMNS = ("user", "artist", "count")
BLOCK = 1 << 25  # bytes of a CSV, or rows of Parquet times 32
LONGEST_LINE = 1 << 16  # bytes, by which a file is told apart
PARQUET = b"PAR1"
COUNTS = pa.schema({"user": TEXT, "artist": TEXT, "count": pa.int32()})


class Irregular(Exception):
    """Columns have what only a reading row by row can tell or take."""


@dataclass(frozen=True)
class Listens:
    """users, artists: names, sorted. user, artist (n,): places in these, each pair once, sorted; count (n,)."""

    users: list[str]
    artists: list[str]
    user: np.ndarray
    artist: np.ndarray
    count: np.ndarray

    @property
    def alike(self) -> bool:
        """Whether no user has two counts that differ."""
        starts = np.flatnonzero(np.diff(self.user, prepend=-1))
        return bool((np.minimum.reduceat(self.count, starts) == np.maximum.reduceat(self.count, starts)).all())


class Names:
    """Numbers of names, in the order in which they came."""

    def __init__(self) -> None:
        self.number_of: dict[str, int] = {}
        self._number_of_text: dict[str, int] = {}  # as it stands in the file

    def _number(self, text: str) -> int:
        name = hand_written(text)
        if not name or CONTROL.search(name):
            raise Irregular
        return self.number_of.setdefault(name, len(self.number_of))

    def numbers(self, texts: pa.DictionaryArray) -> np.ndarray:
        """(n,) of texts (n,). Raises Irregular where one is no name."""
        known = self._number_of_text
        different = texts.dictionary.to_pylist()
        for text in different:
            if text not in known:
                known[text] = self._number(text)
        return np.array([known[text] for text in different], dtype=np.int32)[texts.indices.to_numpy()]


def in_order(names: list[str]) -> tuple[list[str], np.ndarray]:
    """The names, which differ, sorted; and the place (n,) of each of the given ones among them."""
    order = sorted(range(len(names)), key=names.__getitem__)
    place = np.empty(len(names), dtype=np.int64)
    place[order] = np.arange(len(names))
    return [names[number] for number in order], place


def whole_numbers(texts: pa.DictionaryArray) -> np.ndarray:
    """Counts (n,) of texts (n,). Raises Irregular where one is none."""
    values = []
    for text in texts.dictionary.to_pylist():
        digits = hand_written(text)
        if not (digits.isascii() and digits.isdigit() and len(digits) <= len(str(LARGEST))):
            raise Irregular
        values.append(int(digits))
    counts = np.array(values, dtype=np.int64)
    if len(counts) and not 1 <= counts.min() <= counts.max() <= LARGEST:
        raise Irregular
    return counts[texts.indices.to_numpy()]


def _header(path: Path) -> tuple[list[str], bytes]:
    """Column names of a CSV's first line, in lower case, and its bytes. Raises Irregular where they are others."""
    with regular(path).open("rb") as file:
        first = file.readline()
    try:
        [cells] = csv.reader([first.decode("utf-8-sig")], strict=True)
        names = [hand_written(cell).lower() for cell in cells]
    except (ValueError, csv.Error) as error:
        raise Irregular from error
    if sorted(names) != sorted(COLUMNS):
        raise Irregular
    return names, first


def csv_blocks(path: Path) -> Iterator[pa.RecordBatch]:
    """Blocks of a CSV, all columns as text. Raises Irregular where the file is none that columns can be read of."""
    names, first = _header(path)
    try:
        with regular(path).open("rb") as file:
            file.seek(len(first))
            if not file.read(1):
                return
            file.seek(len(first))
            yield from pa.csv.open_csv(
                file,
                read_options=pa.csv.ReadOptions(column_names=names, block_size=BLOCK),
                parse_options=pa.csv.ParseOptions(newlines_in_values=True),
                convert_options=pa.csv.ConvertOptions(column_types=dict.fromkeys(names, TEXT)),
            )
    except (pa.ArrowInvalid, ValueError) as error:
        raise Irregular from error


def parquet_blocks(path: Path) -> Iterator[pa.RecordBatch]:
    """Blocks of a Parquet file, all columns as text. Raises InputError where columns are others, or lack values."""
    try:
        file = pq.ParquetFile(path)
        if sorted(file.schema_arrow.names) != sorted(COLUMNS):
            raise InputError(f"{path}: columns {file.schema_arrow.names}, not {','.join(COLUMNS)}; rename them")
        for block in file.iter_batches(batch_size=BLOCK // 32, columns=list(COLUMNS)):
            block.validate(full=True)
            if any(column.null_count for column in block.columns):
                raise InputError(f"{path}: a value is missing; give a user, an artist and a count in every row")
            columns = [pc.cast(column, pa.string()).dictionary_encode() for column in block.columns]
            yield pa.RecordBatch.from_arrays(columns, COLUMNS)
    except UNREADABLE as error:
        raise InputError(f"{path}: not a readable Parquet file ({reason(error)}); give another") from error


def public_blocks(path: Path, first_line: bytes) -> Iterator[pa.RecordBatch] | None:
    """Blocks of a file that is of a public data set; None of others."""
    if is_lastfm_360k(first_line):
        return lastfm_360k_blocks(path, BLOCK)
    if first_line.startswith(PARQUET) and set(pq.read_schema(path).names) >= YAMBDA_COLUMNS:
        return yambda_blocks(path, BLOCK // 32)
    return None


def by_columns(blocks: Iterator[pa.RecordBatch]) -> Listens:
    """Counts of the same user and artist are added up. Raises Irregular."""
    users, artists = Names(), Names()
    kept: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for block in blocks:
        user, artist, count = (block.column(name) for name in COLUMNS)
        kept.append((users.numbers(user), artists.numbers(artist), whole_numbers(count).astype(np.int32)))
    if not any(len(user) for user, _, _ in kept):
        raise Irregular
    user_names, user_place = in_order(list(users.number_of))
    artist_names, artist_place = in_order(list(artists.number_of))
    user, artist, count = (np.concatenate(parts) for parts in zip(*kept, strict=True))
    kept.clear()
    key = user_place[user] * len(artist_names) + artist_place[artist]
    order = np.argsort(key)
    key = key[order]
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    sums = np.add.reduceat(count[order], starts, dtype=np.int64)
    if sums.max() > LARGEST:
        raise Irregular
    user, artist = np.divmod(key[starts], len(artist_names))
    return Listens(user_names, artist_names, user, artist, sums)


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a CSV below its header, in file order. Raises InputError naming file and line for another header
    and a missing column."""
    header: list[str] = []
    for line, cells in csv_cells(path):
        row = Row(path.name, line, dict(zip(header, cells, strict=False)))
        if not header:
            header = [cell.lower() for cell in cells]
            if sorted(header) != sorted(COLUMNS):
                raise row.error(f"the header is {cells}, not {','.join(COLUMNS)}")
            continue
        if len(cells) != len(header):
            raise row.error(f"{len(cells)} columns, not {len(header)}; quote a name that has a comma")
        yield row


def by_rows(path: Path) -> Listens:
    """The listens of a CSV, read row by row. Raises InputError naming file and line."""
    counts: dict[tuple[str, str], int] = {}
    for row in read_rows(path):
        pair = row.fields["user"], row.fields["artist"]
        for name in ("user", "artist"):
            if not row.fields[name]:
                raise row.error(f"no {name}")
        counts[pair] = counts.get(pair, 0) + row.whole_number("count", at_least=1)
        if counts[pair] > LARGEST:
            raise row.error(f"the counts of {' and '.join(pair)} add up to more than {LARGEST}")
    if not counts:
        raise InputError(f"{path}: no listens; give a header, {','.join(COLUMNS)}, and a row a user and artist")
    users, artists = (sorted(set(names)) for names in zip(*counts, strict=True))
    places = [{name: place for place, name in enumerate(names)} for names in (users, artists)]
    rows = sorted((places[0][user], places[1][artist], count) for (user, artist), count in counts.items())
    return Listens(users, artists, *np.array(rows, dtype=np.int64).T)


def read_listens(path: Path) -> Listens:
    """Counts by user and artist, whose names are text without the spaces around it.

    Raises InputError where the file is not there or is none of these; of a CSV, it names the line.
    """
    try:
        with regular(path).open("rb") as file:
            first_line = file.readline(LONGEST_LINE)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; give a CSV or Parquet file") from error
    try:
        blocks = public_blocks(path, first_line)
        if not blocks and not first_line.startswith(PARQUET):
            try:
                return by_columns(csv_blocks(path))
            except Irregular:
                return by_rows(path)
        return by_columns(blocks or parquet_blocks(path))
    except UNREADABLE as error:
        raise InputError(f"{path}: not a readable file of its kind ({reason(error)}); get it anew") from error
    except Irregular as error:
        raise InputError(
            f"{path}: no listens, or a name is empty, or a count (or a sum of them) is not a whole number from 1 to"
            f" {LARGEST}; mend the file"
        ) from error


def save_counts(path: Path, listens: Listens) -> None:
    """Write listens as Parquet of user, artist and count, whole or not at all."""
    columns = [
        pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int32)), pa.array(names))
        for places, names in ((listens.user, listens.users), (listens.artist, listens.artists))
    ]
    table = pa.table([*columns, pa.array(listens.count.astype(np.int32))], schema=COUNTS)
    with whole(path) as temporary:
        pq.write_table(table, temporary)


def load_counts(path: Path) -> Listens:
    """What save_counts wrote. Raises InputError where a file is none of these."""
    try:
        table = pq.read_table(regular(path), schema=COUNTS).unify_dictionaries()
        user, artist = (table.column(name).combine_chunks() for name in ("user", "artist"))
        # Parquet does not keep the order of many names
        users, user_place = in_order(user.dictionary.to_pylist())
        artists, artist_place = in_order(artist.dictionary.to_pylist())
        places = user_place[user.indices.to_numpy()], artist_place[artist.indices.to_numpy()]
        return Listens(users, artists, *places, table.column("count").to_numpy().astype(np.int64))
    except (*UNREADABLE, AttributeError) as error:
        raise InputError(f"{path}: not of count_listens.py ({reason(error)}); delete it and run again") from error
