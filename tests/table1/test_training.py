from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import mean_absolute_error, mean_squared_error

from lastfm_gnn.core.program import InputError
from lastfm_gnn.metrics.errors import liking_errors
from lastfm_gnn.table1 import training
from lastfm_gnn.table1.protocols import PROTOCOLS
from lastfm_gnn.table1.training import DirectedPairs

scores = st.lists(st.tuples(st.floats(0, 1), st.floats(-5, 5)), min_size=1, max_size=50)


@given(scores)
def test_errors_equal_scikit_learns(pairs):
    liking, predicted = map(np.array, zip(*pairs, strict=True))
    errors = liking_errors(liking, predicted)
    assert errors["mse"] == pytest.approx(mean_squared_error(liking, predicted))
    assert errors["mae"] == pytest.approx(mean_absolute_error(liking, predicted))


def test_errors_by_hand_and_of_nothing():
    assert liking_errors([0.5, 1.0], [1.0, 0.0]) == {"mse": 0.625, "mae": 0.75}
    with pytest.raises(ValueError, match="no pairs"):
        liking_errors([], [])


class Constant(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.value = torch.nn.Parameter(torch.tensor(0.0))

    def forward(self, batch):
        return self.value.expand(len(batch.source))


@pytest.fixture
def constant(monkeypatch):
    """A model of one number, whose neighbourhood is its pairs alone."""
    alone = replace(
        PROTOCOLS["strict"], neighbourhood=lambda graph, source, target: DirectedPairs(source, target, None)
    )
    monkeypatch.setitem(PROTOCOLS, "strict", alone)
    nodes = torch.zeros(8, dtype=torch.long)
    return Constant(), DirectedPairs(nodes, nodes, torch.full((8,), 0.3, dtype=torch.float64))


def fit(model, train, valid, **changed):
    settings = {"protocol": "strict", "epochs": 6, "batch_size": 3, "neighbours": "all"}
    settings |= {"learning_rate": 0.1, "weight_decay": 0.0, "decay": 0.5}
    return training.train(model, None, train, valid, report=lambda row: None, **settings | changed)


def test_best_epoch_is_kept_and_the_learning_rate_decays(constant):
    model, pairs = constant
    valid = DirectedPairs(pairs.source, pairs.target, torch.full((8,), 0.12, dtype=torch.float64))
    torch.manual_seed(0)
    state, history = fit(model, pairs, valid)
    assert [row["learning_rate"] for row in history] == pytest.approx([0.1 * 0.5**epoch for epoch in range(6)])
    best = min(history, key=lambda row: row["valid_mse"])
    assert best["epoch"] < 6  # the training target lies beyond the validation target
    assert (float(state["value"]) - 0.12) ** 2 == pytest.approx(best["valid_mse"], rel=1e-5)
    assert [row["epoch"] for row in history] == [1, 2, 3, 4, 5, 6]


def test_never_finite_is_told(constant):
    model, pairs = constant
    with pytest.raises(InputError, match="never finite; lower learning_rate"):
        fit(model, pairs, pairs, learning_rate=1e30)


def test_batches_cover_every_pair_once(constant):
    _, pairs = constant
    numbered = DirectedPairs(torch.arange(8), torch.arange(8), pairs.liking)
    batches = list(numbered.batches(3, torch.randperm(8)))
    assert [len(batch) for batch in batches] == [3, 3, 2]
    assert sorted(torch.cat([batch.source for batch in batches]).tolist()) == list(range(8))


def test_history_frame_names(constant):
    model, pairs = constant
    _, history = fit(model, pairs, pairs, epochs=1)
    assert list(pd.DataFrame(history)) == ["epoch", "learning_rate", "train_mse", "valid_mse", "valid_mae"]
