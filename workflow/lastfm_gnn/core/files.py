"""Files written whole or not at all, and their digests."""

import errno
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lastfm_gnn.core.program import InputError, reason


def regular(path: str | Path) -> Path:
    """The path of a file. Raises InputError where there is none: a pipe would be waited for, a device replaced."""
    path = Path(path)
    if not path.is_file():
        reason = "not a file" if path.exists() else "no such file"
        raise InputError(f"{path}: {reason}; make it first, or give another")
    return path


@contextmanager
def whole(path: str | Path) -> Iterator[Path]:
    """A temporary path beside `path`, renamed to it when the block ends well and removed when not. Raises InputError
    where `path` is a folder, a device or a pipe, and where the disk is full."""
    path = Path(path)
    if path.exists():
        regular(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{os.getpid()}.{path.name}")  # same suffix: some writers look at it
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise InputError(f"{path.parent}: no space left on its disk; make room and run again") from error
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: str | Path, content: Any) -> None:
    """Write `content` with sorted keys, so that equal contents are equal bytes."""
    with whole(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def read_json(path: str | Path) -> Any:
    """Raises InputError where the file is missing, cut or no JSON."""
    try:
        return json.loads(regular(path).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not readable JSON ({reason(error)}); delete it and run again") from error


def sha256(path: str | Path) -> str:
    """Hex digest of a file's bytes."""
    with regular(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(content: Any) -> str:
    """Hex digest of anything JSON can hold, the same for equal contents."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
