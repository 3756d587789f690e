"""Dropout is torch's, to the bit."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lastfm_gnn.core.dropout import Dropout, Replay, share


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


def test_networks_that_take_a_step_in_turn_draw_the_same_numbers():
    replay, x = Replay(), torch.ones(50, 3)
    layers = [Dropout(p) for p in (0.2, 0.2, 0.7)]
    for layer in layers:
        share(layer, replay)
    for step in range(3):
        torch.manual_seed(step)
        replay.next_step()
        shared = []
        for layer in layers:
            replay.next_network()
            shared.append([layer(x), layer(x[:20])])
        after = torch.rand(1)
        for layer, two in zip(layers, shared, strict=True):
            torch.manual_seed(step)
            alone = [torch.nn.functional.dropout(part, layer.p) for part in (x, x[:20])]
            assert all(map(torch.equal, two, alone))
        assert torch.equal(after, torch.rand(1))  # drawn once, not once each
