"""The files that a listening history consists of: single ones, those of folders, and those inside zips.

Nothing of a zip is written to disk, and what is unpacked of it is bounded.
"""

import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, BinaryIO

from lastfm_gnn.core.files import regular
from lastfm_gnn.core.program import InputError, reason
from lastfm_gnn.data.rows import CONTROL

FILES = 20_000  # of folders and zips together
BYTES = 1 << 33  # that are unpacked
INNER = 1 << 28  # bytes of a zip inside a zip, which is held in memory
DEPTH = 2  # so many zips inside another: Apple's archive has them
HEAD = 1 << 16  # bytes by which a file is told
BUFFER = 1 << 20
ZIP = b"PK\x03\x04"
ENCRYPTED = 1  # the bit of zip's flags
LONGEST_NAME = 120  # characters that a message shows

# Of zipfile, RuntimeError and its NotImplementedError are of passwords and of kinds of compression.
UNREADABLE = (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error, lzma.LZMAError)


@dataclass
class Budget:
    """What may still be read, and for the message, of what."""

    name: str
    files: int = FILES
    bytes: int = BYTES

    def spend(self, files: int, count: int) -> None:
        self.files -= files
        self.bytes -= count
        if self.files < 0:
            raise InputError(f"{self.name}: more than {FILES} files; give those of the history alone")
        if self.bytes < 0:
            raise InputError(
                f"{self.name}: more than {BYTES >> 30} GiB unpacked; unpack what you trust, and give that"
            )


class Member(io.RawIOBase):
    """The bytes of a zip's member, of which each is counted. Raises InputError where they cannot be unpacked."""

    def __init__(self, name: str, stream: IO[bytes], budget: Budget) -> None:
        self._name, self._stream, self._budget = name, stream, budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        try:
            content = self._stream.read(len(buffer))
        except UNREADABLE as error:
            raise unreadable(self._name, error) from error
        self._budget.spend(0, len(content))
        buffer[: len(content)] = content
        return len(content)

    def close(self) -> None:
        self._stream.close()
        super().close()


@dataclass(frozen=True)
class Part:
    """A file: its name, for messages, and how it is opened from its first byte."""

    name: str
    open: Callable[[], BinaryIO]

    def head(self) -> bytes:
        with self.open() as file:
            return file.read(HEAD)


def opened(path: Path) -> BinaryIO:
    return path.open("rb")


def unreadable(name: str, error: Exception) -> InputError:
    return InputError(f"{name}: not a readable zip ({reason(error)}); get it anew")


def shown(name: str) -> str:
    """A name from elsewhere, fit for a message."""
    name = CONTROL.sub("", name).replace("\t", " ")
    return name if len(name) <= LONGEST_NAME else f"…{name[-LONGEST_NAME:]}"


def members(name: str, archive: BinaryIO, budget: Budget, depth: int) -> Iterator[Part]:
    """Of a zip. Raises InputError."""
    try:
        unpacked = zipfile.ZipFile(archive)
        infos = unpacked.infolist()
    except UNREADABLE as error:
        raise unreadable(name, error) from error
    with unpacked:
        for info in infos:
            if info.is_dir():
                continue
            budget.spend(1, 0)
            member = shown(f"{name}/{info.filename}")
            if info.flag_bits & ENCRYPTED:
                raise InputError(f"{member}: it has a password; unpack the zip with it, and give the folder")

            def open_member(info: zipfile.ZipInfo = info, member: str = member) -> BinaryIO:
                try:
                    stream = unpacked.open(info)
                except UNREADABLE as error:
                    raise unreadable(member, error) from error
                return io.BufferedReader(Member(member, stream, budget), BUFFER)

            yield from _inside(Part(member, open_member), budget, depth)


def _inside(part: Part, budget: Budget, depth: int = 0) -> Iterator[Part]:
    """The part itself or, of a zip, its members."""
    if not part.head().startswith(ZIP):
        yield part
        return
    if depth > DEPTH:
        raise InputError(f"{part.name}: a zip in more than {DEPTH} others; unpack it, and give the folder")
    with part.open() as file:
        if not depth:
            yield from members(part.name, file, budget, depth + 1)
            return
        content = file.read(INNER + 1)
        if len(content) > INNER:
            raise InputError(f"{part.name}: a zip of more than {INNER >> 20} MiB in another; unpack it")
    yield from members(part.name, io.BytesIO(content), budget, depth + 1)


def parts(path: Path) -> Iterator[Part]:
    """Of a file or zip, or of all files in a folder and those inside it, in the order of their names. Raises
    InputError where there is none, and for zips that are encrypted, bad, too large or too deep."""
    budget = Budget(shown(path.name))
    files = [path]
    if not path.is_dir():
        regular(path)
    else:
        files = sorted(file for file in path.rglob("*") if file.is_file())
        budget.spend(len(files), 0)
    for file in files:
        name = shown(str(file.relative_to(path.parent)))
        yield from _inside(Part(name, partial(opened, file)), budget)
