"""The settings of a model: a frozen dataclass of numbers. The config gives the values of each that are tried."""

import itertools
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Protocol, TypeVar

from lastfm_gnn.core.program import InputError


class Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]


S = TypeVar("S", bound=Dataclass)


@dataclass(frozen=True)
class NoSettings:
    """Of a model that has nothing to set."""


def read_settings(settings_class: type[S], values: dict[str, Any], where: str) -> S:
    """An object of the dataclass `settings_class`. Raises InputError, which says `where` the values stand, unless
    there is a number for each of its fields and nothing else: whole numbers where the field is an int."""
    if not isinstance(values, dict):
        raise InputError(f"{where} is {str(values)[:50]!r}; give settings and their values")
    types = {one.name: one.type for one in fields(settings_class)}  # type of a field: int or float
    if set(values) != set(types):
        raise InputError(f"{where} has the settings {sorted(values)}, but takes {sorted(types)}")
    for name, value in values.items():
        right = int if types[name] is int else (int, float)
        if isinstance(value, bool) or not isinstance(value, right):
            number = "a whole number" if right is int else "a number"
            raise InputError(f"{where}: {name} is {value!r}; give {number}")
    return settings_class(**values)


def combinations(settings_class: type[S], grid: dict[str, list], where: str) -> list[S]:
    """Every combination of the values of `grid`, name -> values; the last setting varies fastest. Raises InputError
    as read_settings() does."""
    for name, values in grid.items():
        if not isinstance(values, list) or not values:
            raise InputError(f"{where}: {name} is {values!r:.50}; give a list of values")
    return [
        read_settings(settings_class, dict(zip(grid, values, strict=True)), where)
        for values in itertools.product(*grid.values())
    ]
