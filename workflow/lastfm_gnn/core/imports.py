"""Which files of the project a program runs."""

from collections.abc import Iterable
from modulefinder import ModuleFinder
from pathlib import Path


def imported(programs: Iterable[Path], root: Path) -> list[Path]:
    """The programs and all modules below `root`, the folder that is on the path, that they import: absolute, sorted.

    A module that is imported by a name which only the run knows is not seen: give it as a program.
    """
    found = set()
    for program in programs:
        finder = ModuleFinder(path=[str(root)])
        finder.run_script(str(program))
        found |= {program.resolve()}
        found |= {Path(module.__file__).resolve() for module in finder.modules.values() if module.__file__}
    return sorted(found)
