"""Raw text files, row by row: whatever is wrong with one is told with its file and line."""

import contextlib
import csv
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lastfm_gnn.core.files import regular
from lastfm_gnn.core.program import InputError

LARGEST = 2**31 - 1  # the tables hold 32-bit integers
# Characters that steer a terminal or turn the text around them: all but the tab, which parts columns.
CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
SHOWN = 200  # characters of a message, however long the line is

BREAK = re.compile(r"\s*[\r\n]\s*")


@dataclass(frozen=True)
class Row:
    """One line of a raw file: its fields as text, and where it stands."""

    file: str
    line: int
    fields: dict[str, str]

    def error(self, what: str) -> InputError:
        shown = what if len(what) <= SHOWN else f"{what[:SHOWN]} …"
        return InputError(f"{self.file}, line {self.line}: {shown}; mend the line or get the file anew")

    def whole_number(self, field: str, at_least: int = 0, at_most: int = LARGEST) -> int:
        """The field as an integer in `at_least` .. `at_most`, or an InputError that names the line."""
        text = self.fields[field]
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit()):
            raise self.error(f"{field} is {text!r}, not a whole number")
        if len(digits) > len(str(LARGEST)) or not at_least <= int(text) <= at_most:
            raise self.error(f"{field} is {text[:20]}, outside {at_least} to {at_most}")
        return int(text)


def read_rows(path: Path, header: tuple[str, ...], separator: str, encoding: str = "utf-8") -> Iterator[Row]:
    """The rows below the header, in file order; lines end with LF or CRLF.

    In latin-1, where any byte decodes, control characters are what gives other bytes away.
    Raises InputError naming file and line for a wrong header, a missing column, bytes that do not decode
    and control characters; and the file where it is missing or empty.
    """
    lines = regular(path).read_bytes().split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    if not lines:
        raise InputError(f"{path}: the file is empty; get it anew")
    for number, line in enumerate(lines, start=1):
        try:
            text = line.removesuffix(b"\r").decode(encoding)
        except UnicodeDecodeError as error:
            raise Row(path.name, number, {}).error(f"byte {error.start + 1} is not {encoding}") from error
        fields = text.split(separator)
        row = Row(path.name, number, dict(zip(header, fields, strict=False)))
        if number == 1:
            if tuple(fields) != header:
                raise row.error(f"the header is {fields}, not {list(header)}")
            continue
        if len(fields) != len(header):
            raise row.error(f"{len(fields)} columns, not the {len(header)} of {list(header)}")
        if CONTROL.search(text):
            raise row.error("a control character")
        yield row
    if len(lines) < 2:
        raise InputError(f"{path}: no rows below its header; get it anew")


def hand_written(cell: str) -> str:
    """What somebody wrote, without the spaces around it, line breaks as spaces, and accents of one kind (NFC)."""
    return unicodedata.normalize("NFC", BREAK.sub(" ", cell).strip())


def not_utf_8(path: Path) -> InputError:
    """Names the first line that is not UTF-8."""
    number = 0
    with path.open("rb") as file, contextlib.suppress(UnicodeDecodeError):
        for line in file:
            number += 1
            line.decode()
    return InputError(f"{path.name}, line {number}: not UTF-8; save the file as CSV in UTF-8")


def csv_cells(path: Path) -> Iterator[tuple[int, list[str]]]:
    """A CSV in UTF-8 that somebody wrote by hand: line where it starts, and cells, of each row that is not empty.

    Raises InputError naming file and line for what is not UTF-8 or no CSV, and for control characters in a cell.
    """
    line = 1
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            for row in reader:
                cells = [hand_written(cell) for cell in row]
                if any(CONTROL.search(cell) for cell in cells):
                    raise Row(path.name, line, {}).error("a control character")
                if any(cells):
                    yield line, cells
                line = reader.line_num + 1
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; give a CSV file") from error
    except UnicodeDecodeError as error:
        raise not_utf_8(path) from error
    except csv.Error as error:
        raise Row(path.name, line, {}).error(f"no CSV from here ({error})") from error


def unique(rows: Iterator[Row], *fields: str) -> Iterator[Row]:
    """Pass the rows on; a second row with the same ids in `fields` is an InputError naming both lines."""
    lines: dict[tuple[int, ...], int] = {}
    for row in rows:
        key = tuple(row.whole_number(field) for field in fields)
        if key in lines:
            raise row.error(f"{' '.join(fields)} {' '.join(map(str, key))} stands in line {lines[key]} already")
        lines[key] = row.line
        yield row
