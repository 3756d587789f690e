"""Files of torch: written whole, and read back; whatever is wrong with one is said in a line."""

import copy
import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor

from lastfm_gnn.core.files import regular, whole
from lastfm_gnn.core.program import InputError, reason

# what torch raises for a file that is cut, empty or another's, and a reader for content that is not what it needs
UNREADABLE = (RuntimeError, EOFError, ValueError, LookupError, TypeError, AttributeError, UnpicklingError, zlib.error)


def unreadable(path: Path, what: str, error: Exception) -> InputError:
    why = reason(error)
    if isinstance(error, UnpicklingError):  # torch would say how to run the code that may be in it
        why = "it holds more than numbers and text"
    return InputError(f"{path}: no {what} ({why}); give another, or delete it and run again")


def on_cpu(content: Any) -> Any:
    """The same, whose tensors, in dictionaries and lists, are on the processor."""
    if isinstance(content, Tensor):
        return content.cpu()
    if isinstance(content, dict):
        moved = copy.copy(content)  # what torch adds to the state of a model stays
        moved.update((name, on_cpu(value)) for name, value in content.items())
        return moved
    return type(content)(map(on_cpu, content)) if isinstance(content, list | tuple) else content


def save(path: Path, content: Any) -> None:
    """Equal contents are equal bytes. Raises InputError where the disk is full, which torch's own writing hides."""
    buffer = BytesIO()
    torch.save(on_cpu(content), buffer)
    with whole(path) as temporary:
        temporary.write_bytes(buffer.getbuffer())


def load(path: Path, what: str, keys: tuple[str, ...]) -> dict[str, Any]:
    """The dictionary in the file, which has at least `keys`. Nothing in it is run. Raises InputError where it is
    missing, cut, damaged or another's."""
    try:
        with zipfile.ZipFile(regular(path)) as archive:
            damaged = archive.testzip()  # torch does not look at the checksums
        if damaged:
            raise ValueError(f"{damaged} in it is damaged")
        content = torch.load(path, map_location="cpu", weights_only=True)
        return content | {name: content[name] for name in keys}
    except (*UNREADABLE, OSError, zipfile.BadZipFile) as error:
        raise unreadable(path, what, error) from error
