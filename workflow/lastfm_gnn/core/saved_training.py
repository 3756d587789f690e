"""A long training goes on where it was killed, to the same bytes."""

import time
from pathlib import Path
from typing import Any

import torch

from lastfm_gnn.core.checkpoints import load, save
from lastfm_gnn.core.files import digest, sha256
from lastfm_gnn.core.program import InputError

LIBRARY = Path(__file__).parents[1]


class SavedTraining:
    """The state of a training in `.training.pt` in its output folder, written after an epoch at most once in `every`
    seconds.

    It is taken up by a training with the same `settings`, input files and code, and by no other.
    """

    def __init__(self, folder: Path, settings: Any, inputs: list[Path], every: float = 60):
        self._path, self._every = folder / ".training.pt", every
        files = [*LIBRARY.rglob("*.py"), *LIBRARY.with_name("scripts").rglob("*.py")]
        code = {str(file.relative_to(LIBRARY.parent)): sha256(file) for file in sorted(files)}
        self._key = digest([settings, [sha256(path) for path in inputs], code])
        self._saved = time.monotonic()

    def load(self) -> dict[str, Any] | None:
        """What was saved last, with torch's random numbers set back to then; None where there is nothing to go on
        from."""
        if not self._path.is_file():
            return None
        try:
            saved = load(self._path, "progress of a training", ("key", "random", "state"))
        except InputError:  # of another version of torch: train from the start
            return None
        if saved["key"] != self._key:
            return None
        torch.set_rng_state(saved["random"])
        return saved["state"]

    @property
    def is_due(self) -> bool:
        return time.monotonic() - self._saved >= self._every

    def save(self, **state: Any) -> None:
        """Write the state, of tensors, numbers, text, and lists and dictionaries of these."""
        save(self._path, {"key": self._key, "random": torch.get_rng_state(), "state": state})
        self._saved = time.monotonic()

    def end(self) -> None:
        """The training's outputs are written: nothing is left to go on from."""
        self._path.unlink(missing_ok=True)
