"""Which files of the project a program runs."""

from collections.abc import Iterable
from modulefinder import ModuleFinder
from pathlib import Path


def imported(programs: Iterable[Path], root: Path) -> list[Path]:
    """The programs and all modules below `root`, the folder that is on the path, that they import: absolute, sorted.

    A module that is imported by a name which only the run knows is not seen: give it as a program.
    """
    found: set[Path] = set()
    finder = ModuleFinder(path=[str(root)])  # one finder: what several import is read once
    for program in programs:
        finder.run_script(str(program))
        found.add(program.resolve())
    files = [getattr(module, "__file__", None) for module in finder.modules.values()]
    return sorted(found | {Path(file).resolve() for file in files if file})
