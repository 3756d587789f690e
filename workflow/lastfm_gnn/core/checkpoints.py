"""Files of torch, read back: whatever is wrong with one is said in a line."""

import zipfile
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

from lastfm_gnn.core.files import regular
from lastfm_gnn.core.program import InputError

# what torch raises for a file that is cut, empty or another's, and a reader for content that is not what it needs
UNREADABLE = (RuntimeError, EOFError, ValueError, LookupError, TypeError, AttributeError, UnpicklingError)


def unreadable(path: Path, what: str, error: Exception) -> InputError:
    reason = (str(error) or type(error).__name__).splitlines()[0]
    if isinstance(error, UnpicklingError):  # torch would say how to run the code that may be in it
        reason = "it holds more than numbers and text"
    return InputError(f"{path}: no {what} ({reason}); give another, or delete it and run again")


def load(path: Path, what: str, keys: tuple[str, ...]) -> dict[str, Any]:
    """The dictionary in the file, which has at least `keys`. Nothing in it is run. Raises InputError where it is
    missing, cut, damaged or another's."""
    try:
        with zipfile.ZipFile(regular(path)) as archive:
            damaged = archive.testzip()  # torch does not look at the checksums
        if damaged:
            raise ValueError(f"{damaged} in it is damaged")
        content = torch.load(path, weights_only=True)
        return content | {name: content[name] for name in keys}
    except (*UNREADABLE, zipfile.BadZipFile) as error:
        raise unreadable(path, what, error) from error
