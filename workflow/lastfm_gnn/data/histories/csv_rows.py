"""Rows of a file whose cells are parted by one character."""

import csv
import io
from collections.abc import Iterator
from typing import TextIO

from lastfm_gnn.core.program import InputError
from lastfm_gnn.data.histories.parts import Part

LONGEST = 1 << 17  # characters of a line, and what the csv module allows of a cell


def _lines(text: TextIO) -> Iterator[str]:
    """Raises ValueError for a line that is too long."""
    while line := text.readline(LONGEST):
        if len(line) == LONGEST:
            raise ValueError(f"a line of more than {LONGEST} characters")
        yield line


def first_cells(head: bytes, separator: str = ",") -> list[list[str]]:
    """Cells of the first lines of a file that begins so; [] if it is no such text."""
    lines = head.decode("utf-8-sig", "replace").split("\n")[:5]
    try:
        return [cells for cells in csv.reader(lines, delimiter=separator, strict=True) if cells]
    except csv.Error:
        return []


def csv_rows(part: Part, separator: str = ",", quotes: bool = True) -> Iterator[tuple[int, list[str]]]:
    """The number of the line where it ends, and cells, of each row that is not empty. Raises InputError naming it for
    what is not UTF-8 or no CSV."""
    with part.open() as stream:
        text = io.TextIOWrapper(stream, "utf-8-sig", newline="")
        if quotes:
            reader = csv.reader(_lines(text), delimiter=separator, strict=True)
        else:
            reader = csv.reader(_lines(text), delimiter=separator, quoting=csv.QUOTE_NONE)
        try:
            for cells in reader:
                if cells:
                    yield reader.line_num, cells
        except UnicodeDecodeError as error:
            raise wrong(part, reader.line_num + 1, "not UTF-8 from here") from error
        except (csv.Error, ValueError) as error:
            raise wrong(part, reader.line_num, f"no CSV ({error})") from error


def wrong(part: Part, line: int, what: str) -> InputError:
    return InputError(f"{part.name}, line {line}: {what}; mend the line or get the file anew")
