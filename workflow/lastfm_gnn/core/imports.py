"""Which files of the project a program runs."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path


def imported(programs: Iterable[Path], root: Path) -> list[Path]:
    """The programs and all modules below `root`, the folder that is on the path, that they import: absolute, sorted.

    A module that is imported by a name which only the run knows is not seen: give it as a program.
    """
    files: set[Path] = set()
    waiting = [program.resolve() for program in programs]
    while waiting:
        file = waiting.pop()
        if file not in files:
            files.add(file)
            waiting += _imports(file, root.resolve())
    return sorted(files)


@cache  # the standard library's ModuleFinder takes seconds: it reads a file once for every program
def _imports(file: Path, root: Path) -> list[Path]:
    """Files below `root` that a file itself imports, the packages that they are in among them."""
    names = set(_names(ast.parse(file.read_bytes(), str(file))))
    parts = [name.split(".") for name in names]
    places = {root.joinpath(*part[:depth]) for part in parts for depth in range(1, len(part) + 1)}
    candidates = [candidate for place in places for candidate in (place.with_suffix(".py"), place / "__init__.py")]
    return [candidate for candidate in candidates if candidate.is_file()]


def _names(tree: ast.Module) -> Iterator[str]:
    """Dotted names of modules, and of what is imported from them, which may be modules, too."""
    # statements alone: expressions, most of a tree, import nothing
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting += getattr(node, part, [])
