"""Files of torch, read back: whatever is wrong with one is said in a line."""

from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

from lastfm_gnn.core.program import InputError

# what torch raises for a file that is cut, empty or another's, and a reader for content that is not what it needs
UNREADABLE = (RuntimeError, EOFError, ValueError, LookupError, TypeError, AttributeError, UnpicklingError)


def unreadable(path: Path, what: str, error: Exception) -> InputError:
    reason = (str(error) or type(error).__name__).splitlines()[0]
    return InputError(f"{path}: no {what} ({reason}); give another, or delete it and run again")


def load(path: Path, what: str, keys: tuple[str, ...]) -> dict[str, Any]:
    """The dictionary in the file, which has at least `keys`. Raises InputError where it is cut or another's."""
    try:
        content = torch.load(path, weights_only=True)
        return content | {name: content[name] for name in keys}
    except UNREADABLE as error:
        raise unreadable(path, what, error) from error
