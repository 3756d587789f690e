"""The printed equations, worked out by hand on a graph of three nodes, and the trivial predictors."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lastfm_gnn.liking.baselines import bias, global_mean, user_mean
from lastfm_gnn.table1.graphs import build_graph
from lastfm_gnn.table1.messages import MessageGraph, block_neighbourhood, strict_neighbourhood
from lastfm_gnn.table1.models import attention, augmentation, build_model, edge_weight, naive_gcn
from lastfm_gnn.table1.models.layers import Factors

# user 0 - artist 1 with w .5, user 0 - artist 2 with w .25
FRAME = pd.DataFrame({"user_id": [0, 0], "artist_id": [0, 1], "liking": [0.5, 0.25]})
GRAPH = MessageGraph(build_graph(np.arange(1), np.arange(2), FRAME))
H = torch.tensor([[1.0, 0.0], [2.0, 1.0], [4.0, -1.0]])
W = torch.tensor([[1.0, 1.0], [0.0, 2.0]])


def messages(protocol):
    empty = torch.tensor([], dtype=torch.long)
    batch = strict_neighbourhood(GRAPH, empty, empty)
    if protocol == "published":
        batch = block_neighbourhood(GRAPH, torch.tensor([0]), torch.tensor([0]))
    return batch.layers[0]


def layer(module, class_name):
    made = getattr(module, class_name)(2, 2)
    with torch.no_grad():
        made.W.copy_(W)
    return made.eval()


def test_equation_1():
    # node 0: (W^T h_1 + W^T h_2) / 2 = ((2, 4) + (4, 2)) / 2; nodes 1, 2: W^T h_0 = (1, 1)
    out = layer(naive_gcn, "StrictLayer")(messages("strict"), H)
    assert torch.allclose(out, torch.tensor([[3.0, 3.0], [1.0, 1.0], [1.0, 1.0]]))


def test_equation_2():
    # node 0: (.5 (2, 4) + .25 (4, 2)) / 2
    out = layer(edge_weight, "StrictLayer")(messages("strict"), H)
    assert torch.allclose(out, torch.tensor([[1.0, 1.25], [0.5, 0.5], [0.25, 0.25]]))


@pytest.mark.parametrize("module", [attention, augmentation])
def test_equations_3_and_4(module):
    made = layer(module, "StrictLayer")
    with torch.no_grad():
        made.attention.V.weight.copy_(torch.eye(2))
        made.attention.U.weight.copy_(torch.tensor([[np.log(3) / 2, 0.0, 5.0, 5.0]]))
    # node 0: neighbours 1, 2 have logits ln 3, 2 ln 3 (the target's 5 cancels): a = 1/4, 3/4
    out = made(messages("strict"), H)
    expected = ((0.5 + 0.25) * torch.tensor([2.0, 4.0]) + (0.25 + 0.75) * torch.tensor([4.0, 2.0])) / 2
    assert torch.allclose(out[0], expected)
    assert torch.allclose(out[1:], torch.tensor([[1.5, 1.5], [1.25, 1.25]]))  # one neighbour: a = 1


@pytest.mark.parametrize(("class_name", "per"), [("StrictLayer", "edge"), ("PublishedLayer", "edge and feature")])
def test_equation_5_noise(class_name, per):
    """Training mode adds n ~ N(0, .1): mean and variance of a node's sum, and whether features share a draw."""
    made = layer(augmentation, class_name)
    with torch.no_grad():
        made.W.copy_(torch.eye(2))
        made.attention.V.weight.zero_()
    h = H.abs() + 1
    protocol = "strict" if class_name == "StrictLayer" else "published"
    torch.manual_seed(0)
    made.eval()
    calm = made(messages(protocol), h)
    made.train()
    draws = torch.stack([made(messages(protocol), h)[0] for _ in range(4000)])
    if per == "edge":
        scale = torch.tensor([1.0, 1.0]) / 2  # 1 / d_0
    else:
        scale = torch.full((2,), 2**-0.5)  # d_0^-1/2, the neighbours' out-degrees are 1
    sd = 0.1 * (h[1:] ** 2).sum(0).sqrt() * scale
    if per != "edge":
        assert draws.shape[1] == 2
    assert torch.allclose(draws.mean(0), calm[0], atol=4 * sd.max() / 4000**0.5)
    assert torch.allclose(draws.std(0), sd, rtol=0.05)
    correlation = np.corrcoef(draws.detach().T.numpy())[0, 1]
    assert correlation > 0.9 if per == "edge" else abs(correlation) < 0.1


def test_published_layer_by_hand():
    # no edge is left out: degrees 2, 1, 1. node 0: (h_1 + h_2) W / sqrt(2) + b
    made = layer(naive_gcn, "PublishedLayer")
    with torch.no_grad():
        made.b.copy_(torch.tensor([1.0, -100.0]))
    out = made(messages("published"), H)
    assert torch.allclose(out[0], torch.tensor([6 / 2**0.5 + 1, 0]))


def test_trivial_predictors_by_hand():
    # nodes 0, 1 are users, 2, 3 artists; node 4 has no score
    user, artist = np.array([0, 0, 1]), np.array([2, 3, 2])
    liking = np.array([0.2, 0.4, 0.9])
    offset, node_bias = global_mean.fit(user, artist, liking, 5, global_mean.Settings())
    assert offset == pytest.approx(0.5) and not node_bias.any()
    offset, node_bias = user_mean.fit(user, artist, liking, 5, user_mean.Settings())
    assert offset + node_bias == pytest.approx([0.3, 0.9, 0.5, 0.5, 0.5])


def test_bias_minimises_its_ridge_loss():
    """Against the normal equations, solved directly."""
    random = np.random.default_rng(0)
    user, artist = random.integers(0, 6, 80), random.integers(6, 15, 80)
    liking = random.random(80)
    offset, biases = bias.fit(user, artist, liking, 16, bias.Settings(user_shrinkage=2.0, artist_shrinkage=3.0))
    design = np.zeros((80, 16))
    design[np.arange(80), user] = design[np.arange(80), artist] = 1
    shrinkage = np.diag([2.0] * 6 + [3.0] * 10)
    expected = np.linalg.solve(design.T @ design + shrinkage, design.T @ (liking - liking.mean()))
    assert offset == pytest.approx(liking.mean())
    assert biases == pytest.approx(expected, abs=1e-6)
    assert biases[15] == 0


def random_batch(seed):
    random = np.random.default_rng(seed)
    pairs = random.choice(6 * 9, 25, replace=False)
    frame = pd.DataFrame({"user_id": pairs // 9, "artist_id": pairs % 9, "liking": random.random(25)})
    graph = MessageGraph(build_graph(np.arange(6), np.arange(9), frame))
    none = torch.tensor([], dtype=torch.long)
    return graph, strict_neighbourhood(graph, none, none)


def dense(h):
    return h.left @ h.right if isinstance(h, Factors) else h


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.sampled_from([naive_gcn, edge_weight, attention]))
def test_factors_are_the_states_of_the_printed_layer(seed, module):
    """Inputs of either sign: ReLU(s W) itself, and what the next layer makes of it."""
    graph, batch = random_batch(seed)
    messages = batch.layers[0]
    torch.manual_seed(seed)
    first, second = module.StrictLayer(1, 8), module.StrictLayer(8, 8)
    h = torch.randn(graph.num_nodes, 1)
    twice = module.StrictLayer(2, 8)  # the same layer, of two inputs of which one is always 0, stays dense
    with torch.no_grad():
        twice.W[:1] = first.W
        if module is attention:
            twice.attention.V.weight[:, :1] = first.attention.V.weight
            twice.attention.U.weight.copy_(first.attention.U.weight)
    factors = first(messages, h)
    states = twice(messages, torch.cat([h, torch.zeros_like(h)], dim=1))
    assert isinstance(factors, Factors) and not isinstance(states, Factors)
    assert torch.allclose(dense(factors), states, rtol=1e-5, atol=1e-6)
    assert torch.allclose(second(messages, factors), second(messages, states), rtol=1e-4, atol=1e-5)


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_strict_networks_on_degrees_are_of_rank_1(seed):
    """ReLU(s W) = s ReLU(W) where s >= 0: every node's state is a multiple of one vector, whatever the weights."""
    graph, batch = random_batch(seed)
    torch.manual_seed(seed)
    for variant in ("naive_gcn", "edge_weight", "attention", "augmentation"):
        settings = {"predictor": "network", "variant": variant, "input": "degree", "protocol": "strict", "hidden": 8}
        h = batch.degree[:, None]
        for layer in build_model(settings, graph.num_nodes).eval().layers:
            h = dense(layer(batch.layers[0], h))
            first, second = torch.linalg.svdvals(h.double())[:2]
            assert second <= 1e-6 * first
