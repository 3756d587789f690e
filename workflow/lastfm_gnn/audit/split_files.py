"""Reads the files of anybody's split, CSV or Parquet: rows of user and item, or of users, with value and time."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from lastfm_gnn.core.files import regular
from lastfm_gnn.core.program import InputError

# messages: rows that a model sees when it predicts, which are no part of the split
PARTS = ("train", "valid", "test", "messages")
# Headers that are recognised, whatever their case, with spaces, points and hyphens read as underscores. The first of
# them that a file has is taken.
EDGES = (  # both ends are of one set of nodes
    ("user_id", "friend_id"),
    ("userid", "friendid"),
    ("user", "friend"),
    ("source", "target"),
    ("src", "dst"),
    ("from", "to"),
    ("node_1", "node_2"),
    ("node1", "node2"),
)
THINGS = ("item", "artist", "movie", "track", "song", "album", "book", "product")
USERS = ("user_id", "userid", "user", "uid", "username", "user_name", "node_id", "node", "id")
ITEMS = (*(f"{thing}{end}" for thing in THINGS for end in ("_id", "id", "")), "artists", "items", "iid")
VALUES = ("value", "liking", "rating", "score", "weight", "count", "plays", "listens")
TIMES = ("time", "timestamp", "date", "datetime", "unix_timestamp", "ts")
DIRECTION = "direction"
ROW_NUMBERS = ("", "unnamed:_0", "__index_level_0__", "index", "row")  # the first three are pandas'


@dataclass(frozen=True)
class Columns:
    """The names that a file's columns have; None for what it has not. one_set: users and items are the same nodes."""

    user: str
    item: str | None = None
    value: str | None = None
    time: str | None = None
    direction: str | None = None
    row_number: str | None = None
    one_set: bool = False


@dataclass(frozen=True)
class Split:
    """A split's rows, part after part, each in the order of its file.

    part (n,): the place of the row's part in PARTS. user, item (n,): codes, which are places in users and items; both
    are sorted, so that codes rise with the ids. A split of users has no item. value, time, row_number (n,): NaN in a
    part that has none; row_number is a row's place in the file that was split. direction (n,): 0 or 1, -1 in a part
    that has none. With one_set, users and items are the same array. What no part has is not in `optional`: see has().
    """

    columns: Columns
    part: np.ndarray
    user: np.ndarray
    users: np.ndarray
    items: np.ndarray
    optional: dict[str, np.ndarray]

    def has(self, name: str) -> bool:
        """Whether there are item, value, time, direction or row_number."""
        return name in self.optional

    @property
    def item(self) -> np.ndarray:
        return self.optional["item"]

    @property
    def value(self) -> np.ndarray:
        return self.optional["value"]

    @property
    def time(self) -> np.ndarray:
        return self.optional["time"]

    @property
    def direction(self) -> np.ndarray:
        return self.optional["direction"]

    @property
    def row_number(self) -> np.ndarray:
        return self.optional["row_number"]

    def rows(self, *parts: str) -> np.ndarray:
        """Places of the rows of some parts, in file order."""
        return np.flatnonzero(np.isin(self.part, [PARTS.index(part) for part in parts]))

    @property
    def parts(self) -> list[str]:
        """Of train, valid and test, those that there are."""
        return [part for n, part in enumerate(PARTS[:-1]) if (self.part == n).any()]

    @property
    def key(self) -> np.ndarray:
        """(n,) one number a pair of user and item, or a user."""
        return self.user * np.int64(len(self.items)) + self.item if self.has("item") else self.user

    @property
    def reversed_key(self) -> np.ndarray:
        """(n,) of splits with one_set: the key of the pair read from its other end."""
        return self.item * np.int64(len(self.items)) + self.user


def read_split(paths: dict[str, Path], named: dict[str, str | None], one_set: bool) -> Split:
    """The split of some of PARTS. named: names of the columns user, item, value, time, None to have one recognised.

    one_set: users and items are the same nodes, even if the columns' names do not say so. Raises InputError naming
    file and row of what cannot be read.
    """
    tables = {part: read_table(path) for part, path in paths.items()}
    columns = {part: recognise(paths[part], tables[part].column_names, named, one_set) for part in tables}
    layouts = {(one.item is None, one.one_set) for one in columns.values()}
    if len(layouts) > 1 or len({one.direction is None for part, one in columns.items() if part != "messages"}) > 1:
        raise InputError(
            f"{' and '.join(map(str, paths.values()))}: columns of different kinds; give --user and --item, or files"
            " with equal columns"
        )
    frames = [part_frame(paths[part], tables[part], columns[part]) for part in tables]
    frame = pd.concat([frame.assign(part=PARTS.index(part)) for part, frame in zip(tables, frames, strict=True)])
    more = {name: frame[name].to_numpy() for name in ("value", "time", "direction", "row_number") if name in frame}
    if columns["train"].direction is None:  # a direction of messages alone
        more.pop("direction", None)
    if "direction" in more:
        more["direction"] = pd.factorize(more["direction"], sort=True)[0]
        if more["direction"].max() > 1:
            raise InputError(f"{paths['train']}: more than two directions; a pair has two")
    first, part = columns["train"], frame.part.to_numpy()
    if first.one_set:
        both, nodes = _codes(pd.concat([frame.user, frame.item]))
        user, item = np.split(both, 2)
        return Split(first, part, user, nodes, nodes, more | {"item": item})
    user, users = _codes(frame.user)
    if first.item is None:
        return Split(first, part, user, users, np.array([], dtype=int), more)
    item, items = _codes(frame.item)
    return Split(first, part, user, users, items, more | {"item": item})


def read_table(path: Path) -> pa.Table:
    """A Parquet file, known by its first bytes, or else a CSV in UTF-8 whose separator is the comma, the tab or the
    semicolon, all of it as text. Raises InputError for what is neither, and for one without rows."""
    try:
        with regular(path).open("rb") as file:  # it is opened more than once
            start = file.read(4)
        table = pq.read_table(path) if start == b"PAR1" else _read_csv(path)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or 'not readable'}; give a CSV or Parquet file") from error
    except pa.ArrowInvalid as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: not a readable CSV or Parquet file ({reason}); mend it or give another") from error
    if not table.num_rows:
        raise InputError(f"{path}: no rows; give a part that has some")
    return table


def _read_csv(path: Path) -> pa.Table:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            line = file.readline().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 and no Parquet; save it as CSV in UTF-8") from error
    separator = max(",\t;", key=line.count)
    header = next(csv.reader([line], delimiter=separator), [])
    if len(set(header)) < len(header) or not header:
        raise InputError(f"{path}: the header is {header}; name every column, and each once")
    return pa_csv.read_csv(
        path,
        read_options=pa_csv.ReadOptions(column_names=header, skip_rows=1),
        parse_options=pa_csv.ParseOptions(delimiter=separator),
        convert_options=pa_csv.ConvertOptions(column_types={name: pa.string() for name in header}),
    )


def recognise(path: Path, names: list[str], named: dict[str, str | None], one_set: bool) -> Columns:
    """Which column is what. Raises InputError where a wanted one is missing or no user is recognised."""
    for option, name in named.items():
        if name is not None and name not in names:
            raise InputError(f"{path}: no column {name!r} for --{option}; its columns are {names}")
    plain = {name.strip().lower().translate(str.maketrans(" -.", "___")): name for name in names}

    def first(known: tuple[str, ...]) -> str | None:
        return next((plain[name] for name in known if name in plain), None)

    edge = next((ends for ends in EDGES if all(end in plain for end in ends)), None)
    user, item = named["user"], named["item"]
    if edge and (user, item) in ((None, None), (plain[edge[0]], plain[edge[1]])):
        user, item, one_set = plain[edge[0]], plain[edge[1]], True
    user, item = user or first(USERS), item or first(ITEMS)
    if user is None:
        raise InputError(f"{path}: none of its columns {names} is known to be the user; give --user and --item")
    if one_set and item is None:
        raise InputError(f"{path}: none of its columns {names} is known to be the other end; give --user and --item")
    value, time = named["value"] or first(VALUES), named["time"] or first(TIMES)
    return Columns(user, item, value, time, plain.get(DIRECTION), first(ROW_NUMBERS), one_set)


def part_frame(path: Path, table: pa.Table, columns: Columns) -> pd.DataFrame:
    """user and what else the part has of item, value, time and direction, in file order. A column of lists of items
    becomes a row an item."""

    def refuse(name: str, bad: pa.ChunkedArray | np.ndarray, what: str) -> None:
        if (rows := np.flatnonzero(np.asarray(bad))).size:
            raise InputError(f"{path}: row {rows[0] + 1} below the header: {name} is {what}; mend it or leave it out")

    item_type = table.schema.field(columns.item).type if columns.item else None
    if item_type is not None and (pa.types.is_list(item_type) or pa.types.is_large_list(item_type)):
        lists = table[columns.item].combine_chunks()
        table = pa.table(
            {
                columns.user: table[columns.user].take(pc.list_parent_indices(lists)),
                columns.item: pc.list_flatten(lists),
            }
        )
        if not table.num_rows:
            raise InputError(f"{path}: every list is empty; give a part that has items")
    frame = pd.DataFrame({"user": _ids(table[columns.user], columns.user, refuse)})
    if columns.item:
        frame["item"] = _ids(table[columns.item], columns.item, refuse)
    if columns.direction and columns.direction in table.column_names:
        frame["direction"] = _ids(table[columns.direction], columns.direction, refuse)
    if columns.value and columns.value in table.column_names:
        frame["value"] = _numbers(table[columns.value], columns.value, refuse)
    if columns.row_number in table.column_names:
        frame["row_number"] = pd.to_numeric(table[columns.row_number].to_pandas(), errors="coerce").astype(float)
    if columns.time and columns.time in table.column_names:
        frame["time"] = _times(table[columns.time], columns.time, refuse)
    return frame


def _ids(column: pa.ChunkedArray, name: str, refuse: Callable) -> pd.Series:
    """Whole numbers where all are, as text otherwise: 7 and 007 are not the same."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    refuse(name, column.is_null(), "missing")
    if pa.types.is_integer(column.type) and column.type != pa.uint64():
        return column.cast(pa.int64()).to_pandas()
    if pa.types.is_floating(column.type):
        numbers = column.to_numpy()
        refuse(name, ~((np.abs(numbers) <= 2**53) & (numbers == np.floor(numbers))), "no whole number")
        return pd.Series(numbers.astype(np.int64))
    try:
        text = column.cast(pa.string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        refuse(name, np.ones(len(column)), f"of type {column.type}, neither a whole number nor text")
    refuse(name, pc.equal(pc.utf8_trim_whitespace(text), ""), "missing")
    try:
        numbers = text.cast(pa.int64())
    except pa.ArrowInvalid:
        return text.to_pandas()
    return numbers.to_pandas() if pc.all(pc.equal(numbers.cast(pa.string()), text)).as_py() else text.to_pandas()


def _numbers(column: pa.ChunkedArray, name: str, refuse: Callable) -> np.ndarray:
    numbers = pd.to_numeric(column.to_pandas(), errors="coerce").to_numpy(dtype=float)
    refuse(name, ~np.isfinite(numbers), "no number")
    return numbers


def _times(column: pa.ChunkedArray, name: str, refuse: Callable) -> np.ndarray:
    """Seconds, or whatever unit numbers have, as they are; dates in ISO 8601."""
    times = column.to_pandas()
    numbers = pd.to_numeric(times, errors="coerce") if not pa.types.is_temporal(column.type) else None
    if numbers is not None:
        refuse(name, np.isinf(numbers), "infinite")
    if numbers is None or numbers.isna().any():
        dates = pd.to_datetime(times, errors="coerce", utc=True, format="ISO8601")
        refuse(name, dates.isna(), "neither a number nor a date such as 2011-05-30")
        numbers = (dates - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1)
    return numbers.to_numpy(dtype=float)


def _codes(ids: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """(n,) places of ids among the different ones, and those, sorted. Numbers of one part and text of another are all
    text."""
    if not (pd.api.types.is_integer_dtype(ids) or isinstance(ids.dtype, pd.StringDtype)):
        ids = ids.astype(str)
    codes, different = pd.factorize(ids, sort=True)
    return codes.astype(np.int64), np.asarray(different)


def read_edges(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """(E,), (E,): the ids of both ends, in file order. The file's columns are named as in EDGES."""
    table = read_table(path)
    columns = recognise(path, table.column_names, dict.fromkeys(("user", "item", "value", "time")), False)
    if not columns.one_set:
        raise InputError(f"{path}: columns {table.column_names}; name those of the edges source and target")
    frame = part_frame(path, table.select([columns.user, columns.item]), columns)
    return frame.user.to_numpy(), frame.item.to_numpy()
