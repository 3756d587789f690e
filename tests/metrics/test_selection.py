"""The best settings on validation, also where some of them fail."""

from dataclasses import dataclass

import pytest

from lastfm_gnn.core.program import InputError
from lastfm_gnn.metrics.selection import select, trained


@dataclass(frozen=True)
class Settings:
    number: int


@pytest.mark.parametrize(("metric", "scores", "best"), [("mse", [0.3, 0.1, 0.2], 1), ("mrr", [0.3, 0.1, 0.3], 0)])
@pytest.mark.parametrize("failed", [False, True])
def test_the_best_is_chosen_and_no_score_is_the_worst(metric, scores, best, failed):
    scores = [float("nan")] * failed + scores
    chosen = select(map(Settings, range(len(scores))), lambda one: [({}, {metric: scores[one.number]}, one)], metric)
    assert chosen.settings.number == chosen.best == best + failed
    assert len(chosen.trials) == len(scores)


def test_a_training_that_diverged_is_one_line():
    assert trained({"weight": 1}) == {"weight": 1}
    for nothing in ({}, None):
        with pytest.raises(InputError, match="never finite"):
            trained(nothing)
