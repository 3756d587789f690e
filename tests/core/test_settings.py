"""Combinations of a grid."""

from dataclasses import dataclass

import pytest

from lastfm_gnn.core.program import InputError
from lastfm_gnn.core.settings import combinations


@dataclass(frozen=True)
class Settings:
    alpha: float
    steps: int


def test_the_last_setting_varies_fastest():
    grid = {"alpha": [0.5, 1], "steps": [1, 2]}
    assert [(one.alpha, one.steps) for one in combinations(Settings, grid, "grid")] == [
        (0.5, 1),
        (0.5, 2),
        (1, 1),
        (1, 2),
    ]


@pytest.mark.parametrize("values", [0.6, "ab", []])
def test_values_that_are_no_list_are_told(values):
    with pytest.raises(InputError, match=f"grid: alpha is {values!r}; give a list of values".replace("[]", r"\[\]")):
        combinations(Settings, {"alpha": values, "steps": [1]}, "grid")
