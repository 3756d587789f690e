"""JSON objects of a file, one after the other: those of an array, or one a line.

pyarrow reads the fields that are asked for in a third of the time of the standard library. It knows no arrays, and
not where a mistake is: what it does not take, the standard library reads.
"""

import io
import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json

from lastfm_gnn.core.program import InputError
from lastfm_gnn.data.histories.parts import Part

BLOCK = 1 << 22  # bytes that are read at a time
LONGEST = 1 << 20  # bytes or characters of an object
MARK = b"\xef\xbb\xbf"  # of the order of bytes
BETWEEN = re.compile(rb"\}\s*,\s*\{")  # two objects of an array
NO_SPACE = re.compile(r"[^ \t\r\n]")
LINE_BREAKS = bytes.maketrans(b"\r\n", b"  ")  # of JSON, they stand between values alone


Fields = dict[str, pa.DataType]


class Irregular(Exception):
    """pyarrow does not take it."""


def first_object(head: bytes) -> dict[str, Any]:
    """The first object of a file that begins so, be it inside an array; {} if there is none."""
    text = head.removeprefix(MARK).decode("utf-8", "ignore").lstrip().removeprefix("[").lstrip()
    try:
        value, _ = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _schema(fields: Fields) -> pa.Schema:
    """Of objects with these fields, whose names have dots where objects are inside others."""
    inner: dict[str, Fields] = {}
    for name, kind in fields.items():
        first, _, rest = name.partition(".")
        inner.setdefault(first, {})[rest] = kind
    return pa.schema(
        [(name, rest[""] if "" in rest else pa.struct(list(_schema(rest)))) for name, rest in inner.items()]
    )


def _values(table: pa.Table, name: str) -> list[Any]:
    """Of a field, in all rows; times as seconds since 1970."""
    first, *rest = name.split(".")
    column = table.column(first)
    for step in rest:
        column = pc.struct_field(column, step)
    return (column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column).to_pylist()


def quick(stream: BinaryIO, fields: Fields) -> Iterator[tuple[Any, ...]]:
    """Raises Irregular."""
    options = pa.json.ParseOptions(explicit_schema=_schema(fields), unexpected_field_behavior="ignore")

    def objects(lines: bytes) -> list[tuple[Any, ...]]:
        if not lines.strip():
            return []
        try:
            table = pa.json.read_json(pa.BufferReader(lines), parse_options=options)
            return list(zip(*(_values(table, name) for name in fields), strict=True))
        except (pa.ArrowException, ValueError) as error:
            raise Irregular from error

    rest = stream.read(BLOCK).removeprefix(MARK).lstrip()
    array = rest.startswith(b"[")
    rest = rest[array:]

    def lines_of(text: bytes) -> bytes:
        """A line an object. Where this cuts a text, or an object inside another, no line of it is JSON."""
        if b"\n" in text or b"\r" in text:
            text = text.translate(LINE_BREAKS)
        return BETWEEN.sub(b"}\n{", text)

    while block := stream.read(BLOCK):
        rest += block
        if array:
            rest = lines_of(rest)
        lines, end, rest = rest.rpartition(b"\n")
        if not end and len(rest) > LONGEST:
            raise Irregular
        yield from objects(lines)
    if array:
        rest = rest.rstrip()
        if not rest.endswith(b"]"):
            raise Irregular
        rest = lines_of(rest[:-1])
    yield from objects(rest)


def exact(part: Part) -> Iterator[dict[str, Any]]:
    """All fields. Raises InputError that says which object is none."""
    decoder = json.JSONDecoder()
    number, place, buffer = 0, 0, ""

    def wrong(what: str) -> InputError:
        return InputError(f"{part.name}, entry {number + 1}: {what}; get the file anew")

    with part.open() as stream:
        text = io.TextIOWrapper(stream, "utf-8-sig", newline="")

        def read() -> bool:
            """Whether there was more."""
            nonlocal buffer, place
            try:
                more = text.read(LONGEST)
            except UnicodeDecodeError as error:
                raise wrong("not UTF-8") from error
            buffer, place = buffer[place:] + more, 0
            return bool(more)

        def following() -> str:
            """The next character that is no space, or "" at the end."""
            nonlocal place
            while True:
                found = NO_SPACE.search(buffer, place)
                place = found.start() if found else len(buffer)
                if place < len(buffer) or not read():
                    return buffer[place : place + 1]

        array = following() == "["
        place += array
        while (character := following()) and not (array and character == "]"):
            if array and number:
                if character != ",":
                    raise wrong("no comma before it")
                place += 1
                character = following()
            if character != "{":
                raise wrong("no JSON object")
            while True:
                try:
                    value, end = decoder.raw_decode(buffer, place)
                    break
                except (ValueError, RecursionError) as error:
                    if len(buffer) - place > LONGEST or not read():
                        raise wrong("cut, or no JSON object") from error
            place = end
            yield value
            number += 1
        if array:
            if not character:
                raise wrong("the file is cut here")
            place += 1
            if following():
                raise wrong("more than one array")


def value(row: dict[str, Any], name: str) -> Any:
    value: Any = row
    for step in name.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def json_rows(part: Part, fields: Fields) -> Iterator[tuple[Any, ...]]:
    """Values of these fields, of each object of a file; None where there is no such field. What is of another type
    than it should be comes as it is; a time is text or seconds since 1970. Raises InputError with the entry."""
    count = 0
    try:
        with part.open() as stream:
            for values in quick(stream, fields):
                yield values
                count += 1
    except Irregular:
        for row in islice(exact(part), count, None):
            yield tuple(value(row, name) for name in fields)
