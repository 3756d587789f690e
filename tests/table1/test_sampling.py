"""Sampled neighbours against all of them: equal where all are drawn, without bias where not."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lastfm_gnn.table1.messages import strict_neighbourhood
from lastfm_gnn.table1.models import build_model
from lastfm_gnn.table1.sampling import NeighbourSampler, distinct
from random_messages import random_graph

ALL = 1000  # more neighbours than any node has


def batch_of(graph, number, seed=0):
    """Some pairs in 64-bit: sources, targets and their scores."""
    edges = torch.randperm(graph.num_edges, generator=torch.Generator().manual_seed(seed))[:number]
    return graph.source[edges], graph.target[edges], graph.liking[edges]


def loss_and_gradients(model, batch, liking):
    model.zero_grad()
    loss = ((model(batch) - liking) ** 2).mean()
    loss.backward()
    return loss.detach(), {name: weight.grad.clone() for name, weight in model.named_parameters()}


@pytest.mark.parametrize("variant", ["naive_gcn", "edge_weight", "attention", "augmentation"])
@pytest.mark.parametrize("input", ["degree", "embedding"])
def test_all_neighbours_give_the_gradients_of_the_whole_graph(variant, input):
    graph, _ = random_graph(pairs=60)
    source, target, liking = batch_of(graph, 7)
    torch.manual_seed(0)
    settings_ = {"predictor": "network", "variant": variant, "input": input, "hidden": 5, "protocol": "strict"}
    model = build_model(settings_, graph.num_nodes).double().eval()  # without noise
    for weight in model.parameters():
        torch.nn.init.uniform_(weight, -0.5, 1)  # enough units that are not 0
    loss, expected = loss_and_gradients(model, strict_neighbourhood(graph, source, target), liking)
    sampler = NeighbourSampler(graph, (ALL, ALL))
    sampled_loss, gradients = loss_and_gradients(model, sampler.neighbourhood(source, target), liking)
    assert torch.allclose(sampled_loss, loss, rtol=1e-9)
    for name, gradient in expected.items():
        assert torch.allclose(gradients[name], gradient, rtol=1e-6, atol=1e-9), name
        assert variant == "attention" or gradient.abs().sum() > 0, name


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(1, 6))
def test_a_sample_is_of_the_graph_and_never_of_the_batchs_own_pairs(seed, first, second):
    graph, _ = random_graph(seed)
    source, target, _ = batch_of(graph, 9, seed)
    sampler = NeighbourSampler(graph, (first, second))
    batch = sampler.neighbourhood(source, target)
    whole = strict_neighbourhood(graph, source, target)
    scored = set(zip(source.tolist(), target.tolist(), strict=True))
    assert torch.equal(batch.degree, whole.degree[batch.inputs])  # of the whole graph
    for messages, most in zip(batch.layers, (first, second), strict=True):
        edges = messages.graph
        pairs = list(zip(batch.inputs[edges.source].tolist(), batch.inputs[edges.target].tolist(), strict=True))
        assert len(set(pairs)) == len(pairs)
        assert not {(a, b) for a, b in pairs} & (scored | {(b, a) for a, b in scored})
        froms, into = torch.tensor(pairs, dtype=torch.int64).view(-1, 2).T
        key = into * graph.num_nodes + froms
        numbers = torch.searchsorted(graph.key, key)
        assert torch.equal(graph.key[numbers], key) and torch.equal(graph.liking[numbers], edges.liking)
        degree = whole.degree[batch.inputs[: edges.shape[0]]]
        assert torch.equal(edges.row.diff(), degree.long().clamp(max=most))
        assert torch.equal(messages.degree, degree)
    assert torch.equal(batch.inputs[: batch.layers[1].graph.shape[0]][batch.rows], torch.stack([source, target]))
    assert (sampler._place == -1).all()


def test_means_over_samples_have_no_bias():
    """The mean of many samples' sums is that over all neighbours, each of which is drawn as often as any other."""
    graph, _ = random_graph(pairs=120)
    source, target, _ = batch_of(graph, 4)
    h = torch.rand(graph.num_nodes, 2, dtype=torch.float64)
    whole = strict_neighbourhood(graph, source, target).layers[1]
    expected = whole.sum(whole.graph.liking * whole.inverse_in_degree, h)
    sampler, sums = NeighbourSampler(graph, (1, 2)), []
    torch.manual_seed(0)
    for _ in range(1000):
        batch = sampler.neighbourhood(source, target)
        messages = batch.layers[1]
        inputs = h[batch.inputs[: messages.graph.shape[1]]]
        sums.append(messages.sum(messages.graph.liking * messages.inverse_in_degree, inputs))
    sums = torch.stack(sums)
    error = (sums.mean(0) - expected).abs() / (sums.std(0) / len(sums) ** 0.5).clamp(min=1e-12)
    assert whole.in_degree.max() > 2 and sums.std(0).max() > 0.01
    assert error.max() < 4.5


def test_every_set_of_neighbours_is_as_likely():
    torch.manual_seed(0)
    counts = torch.cat([torch.full((6000,), 4), torch.tensor([0, 1, 2])])
    drawn = distinct(counts, 2)
    assert drawn[-3:].tolist() == [[0, 1]] * 3
    sets, times = drawn[:6000].sort(1).values.unique(dim=0, return_counts=True)
    assert sets.tolist() == [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]
    assert (times - 1000).abs().max() < 130  # four and a half standard deviations
