"""Settings of a model are tried, and the best on validation kept; by the same score models are chosen."""

import math
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

from lastfm_gnn.core.program import InputError
from lastfm_gnn.core.settings import Dataclass

# the score on validation, for each question
CHOSEN_BY = {"liking": "mse", "ranking": "ndcg_10", "friends": "mrr", "region": "accuracy", "artists": "ndcg_20"}
LOWEST = {"mse"}  # scores of which the lowest is the best

S = TypeVar("S", bound=Dataclass)
R = TypeVar("R")
W = TypeVar("W")


def trained(best: W | None) -> W:
    """The weights of the best step of a training. Raises InputError where there are none, since it diverged."""
    if not best:
        raise InputError("the validation error was never finite; lower learning_rate in the config")
    return best


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
) -> Selection[S, R]:
    """The candidate with the best `metric`; of equals the first.

    attempt: yields what to add to the settings (the step at which training stops), scores on validation and a result:
    once, or for each step, which counts as a trial. Only the best result so far is kept.
    """
    chosen, trials = None, []
    for settings in candidates:
        for step, scores, result in attempt(settings):
            trials.append(asdict(settings) | step | {f"valid_{name}": value for name, value in scores.items()})
            print(f"{asdict(settings) | step}: valid {metric} {scores[metric]:.5f}", flush=True)
            value = -scores[metric] if metric in LOWEST else scores[metric]
            value = -math.inf if math.isnan(value) else value  # else nothing would be better than it
            if chosen is None or value > chosen[0]:
                chosen = value, Selection(settings, result, len(trials) - 1, trials)
    if chosen is None:
        raise ValueError("no candidate")
    return chosen[1]
