"""Try settings of a model, and keep the best on validation."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

S = TypeVar("S")
R = TypeVar("R")


@dataclass(frozen=True)
class Selection(Generic[S, R]):
    """The settings that were chosen, what the model gave with them, and its place among the trials: settings, and
    valid_<metric> of each."""

    settings: S
    result: R
    best: int
    trials: list[dict[str, Any]]


def select(
    candidates: Iterable[S],
    attempt: Callable[[S], Iterable[tuple[dict[str, int], dict[str, float], R]]],
    metric: str,
    lowest: bool = False,
) -> Selection[S, R]:
    """The candidate with the highest `metric`, or the lowest; of equals the first.

    attempt: yields what to add to the settings (the step at which training stops), scores on validation and a result:
    once, or for each step, which counts as a trial. Only the best result so far is kept.
    """
    chosen, trials = None, []
    for settings in candidates:
        for step, scores, result in attempt(settings):
            trials.append(asdict(settings) | step | {f"valid_{name}": value for name, value in scores.items()})
            print(f"{asdict(settings) | step}: valid {metric} {scores[metric]:.5f}", flush=True)
            value = -scores[metric] if lowest else scores[metric]
            if chosen is None or value > chosen[0]:
                chosen = value, Selection(settings, result, len(trials) - 1, trials)
    if chosen is None:
        raise ValueError("no candidate")
    return chosen[1]
