"""Dropout is torch's, to the bit."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lastfm_gnn.core.dropout import Dropout


def dropped(layer: nn.Module, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """What comes out, the gradient, and the next random numbers."""
    torch.manual_seed(7)
    x = x.clone().requires_grad_()
    out = layer(x)
    (out**2).sum().backward()
    return out, x.grad, torch.rand(5)


@given(p=st.floats(0, 0.999), rows=st.integers(0, 40), columns=st.integers(1, 40), turned=st.booleans())
def test_numbers_and_gradients_are_those_of_torch(p, rows, columns, turned):
    x = torch.randn(columns, rows).T if turned else torch.randn(rows, columns)
    for ours, theirs in zip(dropped(Dropout(p), x), dropped(nn.Dropout(p), x), strict=True):
        assert torch.equal(ours, theirs)


def test_outside_training_nothing_is_dropped():
    x = torch.randn(3, 4)
    assert Dropout(0.5).eval()(x) is x
