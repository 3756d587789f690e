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
import scipy.sparse as sp

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
COUNT = f"^[0-9]{{1,{len(str(LARGEST))}}}$"
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
    """Numbers of texts, in the order in which they came, and the name that each stands for."""

    def __init__(self) -> None:
        self._texts = pa.DictionaryArray.from_arrays(pa.array([], pa.int32()), pa.array([], pa.string()))
        self._names: list[str] = []

    def numbers(self, texts: pa.DictionaryArray) -> np.ndarray:
        """(n,) of texts (n,). Raises Irregular where one is no name."""
        self._texts, numbered = pa.chunked_array([self._texts, texts]).unify_dictionaries().chunks
        for text in numbered.dictionary[len(self._names) :].to_pylist():
            name = hand_written(text)
            if not name or CONTROL.search(name):
                raise Irregular
            self._names.append(name)
        return numbered.indices.to_numpy()

    def in_order(self) -> tuple[list[str], np.ndarray]:
        """The names, each once, sorted; and the place of each number's name among them."""
        names = sorted(set(self._names))
        place_of = {name: place for place, name in enumerate(names)}
        return names, np.array([place_of[name] for name in self._names], dtype=np.int32)


def whole_numbers(texts: pa.DictionaryArray) -> np.ndarray:
    """Counts (n,) of texts (n,). Raises Irregular where one is none."""
    digits = pc.utf8_trim_whitespace(texts.dictionary)
    if not pc.all(pc.match_substring_regex(digits, COUNT), min_count=0).as_py():
        raise Irregular
    counts = pc.cast(digits, pa.int64()).to_numpy()
    if len(counts) and not 1 <= counts.min() <= counts.max() <= LARGEST:
        raise Irregular
    return counts.astype(np.int32)[texts.indices.to_numpy()]


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
            reader = pa.csv.open_csv(
                file,
                read_options=pa.csv.ReadOptions(column_names=names, block_size=BLOCK),
                parse_options=pa.csv.ParseOptions(newlines_in_values=True),
                convert_options=pa.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
            )
            for block in reader:  # TEXT as a type of the reader takes half as long again
                columns = [column.dictionary_encode() for column in block.columns]
                yield pa.RecordBatch.from_arrays(columns, names)
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
    kept: tuple[list[np.ndarray], ...] = [], [], []
    for block in blocks:
        user, artist, count = (block.column(name) for name in COLUMNS)
        rows = users.numbers(user), artists.numbers(artist), whole_numbers(count)
        for parts, part in zip(kept, rows, strict=True):
            parts.append(part)
    if not any(map(len, kept[0])):
        raise Irregular
    (user_names, user_place), (artist_names, artist_place) = users.in_order(), artists.in_order()
    user, artist = user_place[joined(kept[0])], artist_place[joined(kept[1])]
    count = joined(kept[2])
    pa.default_memory_pool().release_unused()  # the blocks'
    shape = len(user_names), len(artist_names)
    sums = sp.csr_array(sp.coo_array((count, (user, artist)), shape))  # sorted, repeated pairs added up
    if sums.data.sum(dtype=np.int64) != count.sum(dtype=np.int64):  # a sum that 32 bits do not hold lacks 2³²
        raise Irregular
    user = np.repeat(np.arange(len(user_names), dtype=np.int32), np.diff(sums.indptr))
    return Listens(user_names, artist_names, user, sums.indices, sums.data)


def joined(parts: list[np.ndarray]) -> np.ndarray:
    """Of the parts, which are given up."""
    whole_array = np.concatenate(parts)
    parts.clear()
    return whole_array


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
    """Write listens as an Arrow file of user, artist and count, whole or not at all. In Parquet, names would be
    written anew every million rows."""
    columns = [
        pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int32, copy=False)), pa.array(names))
        for places, names in ((listens.user, listens.users), (listens.artist, listens.artists))
    ]
    table = pa.table([*columns, pa.array(listens.count.astype(np.int32))], schema=COUNTS)
    with whole(path) as temporary, pa.ipc.new_file(temporary, COUNTS) as file:
        file.write_table(table)


def load_counts(path: Path) -> Listens:
    """What save_counts wrote; the numbers stay in the file until they are read. Raises InputError where a file is
    none of these."""
    try:
        table = pa.ipc.open_file(pa.memory_map(str(regular(path)))).read_all()
        if not table.schema.equals(COUNTS):
            raise ValueError("other columns")
        table.validate(full=True)
        user, artist, count = (column.combine_chunks() for column in table.columns)
        names = user.dictionary.to_pylist(), artist.dictionary.to_pylist()
        return Listens(*names, user.indices.to_numpy(), artist.indices.to_numpy(), count.to_numpy())
    except UNREADABLE as error:
        raise InputError(f"{path}: not of count_listens.py ({reason(error)}); delete it and run again") from error
