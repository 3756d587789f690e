"""The masks over the whole graph against DGL's own full-neighbour edge sampler, loss and gradients."""

from dataclasses import replace

import dgl
import dgl.function as fn
import numpy as np
import pandas as pd
import pytest
import torch
from dgl.dataloading import MultiLayerFullNeighborSampler, as_edge_prediction_sampler
from hypothesis import given, settings
from hypothesis import strategies as st

from lastfm_gnn.liking.splits import published_split, strict_split
from lastfm_gnn.table1.graphs import build_graph, locate
from lastfm_gnn.table1.messages import MessageGraph, block_neighbourhood, strict_neighbourhood
from lastfm_gnn.table1.models import build_model
from lastfm_gnn.table1.protocols import PROTOCOLS
from random_messages import random_graph

HIDDEN = 5


def sampled_blocks(graph, edges):
    """Node numbers of the batch, and its blocks, from DGL's sampler."""
    sampler = as_edge_prediction_sampler(
        MultiLayerFullNeighborSampler(2), exclude="reverse_id", reverse_eids=graph.twin
    )
    _, pair_graph, blocks = sampler.sample(graph.dgl, edges)
    return pair_graph, blocks


def block_sum(block, m, h):
    with block.local_scope():
        block.srcdata["h"], block.edata["m"] = h, m[:, None]
        block.update_all(fn.u_mul_e("h", "m", "x"), fn.sum("x", "o"))
        return block.dstdata["o"]


def attention_logits(layer, block, h_source, h_target):
    """U[V h_j ‖ V h_i] on each edge, literally."""
    source, target = block.edges()
    v_source, v_target = layer.attention.V(h_source), layer.attention.V(h_target)
    return layer.attention.U(torch.cat([v_source[source], v_target[target]], dim=1))[:, 0]


def published_layer(variant, layer, block, h):
    """The authors' forward pass of one layer on a block, in their order."""
    h_target = h[: block.num_dst_nodes()]
    h_source = h * block.out_degrees().double().clamp(min=1).pow(-0.5)[:, None]
    m = torch.ones_like(block.edata["liking"]) if variant == "naive_gcn" else block.edata["liking"]
    if variant in ("attention", "augmentation"):
        m = m + torch.softmax(attention_logits(layer, block, h_source, h_target), dim=0)
    out = block_sum(block, m, h_source) @ layer.W
    return torch.relu(out * block.in_degrees().double().clamp(min=1).pow(-0.5)[:, None] + layer.b)


def strict_layer(variant, layer, block, h):
    """Eqs. 1 to 4 on a block, as printed."""
    m = torch.ones_like(block.edata["liking"]) if variant == "naive_gcn" else block.edata["liking"]
    if variant in ("attention", "augmentation"):
        logits = attention_logits(layer, block, h, h[: block.num_dst_nodes()])
        m = m + dgl.nn.functional.edge_softmax(block, logits)
    return torch.relu(block_sum(block, m, h @ layer.W) / block.in_degrees().double().clamp(min=1)[:, None])


def input_degree(graph, edges, protocol):
    if protocol == "published":
        return graph.dgl.in_degrees().double()
    return dgl.remove_edges(graph.dgl, torch.cat([edges, graph.twin[edges]]).unique()).in_degrees().double()


@pytest.mark.parametrize("variant", ["naive_gcn", "edge_weight", "attention", "augmentation"])
@pytest.mark.parametrize("protocol", ["published", "strict"])
@pytest.mark.parametrize("input", ["degree", "embedding"])
def test_loss_and_gradients_equal_the_samplers(variant, protocol, input):
    graph, _ = random_graph(pairs=30)
    layer_of_the_sampler = {"published": published_layer, "strict": strict_layer}[protocol]
    torch.manual_seed(1)
    settings = {"predictor": "network", "variant": variant, "protocol": protocol, "input": input, "hidden": HIDDEN}
    model = build_model(settings, graph.num_nodes).double().eval()  # augmentation: no noise
    edges = torch.arange(3) if protocol == "published" else torch.randperm(graph.num_edges)[:9]
    if protocol == "strict":  # pairs are user -> artist
        edges = torch.where(graph.source[edges] < graph.target[edges], edges, graph.twin[edges]).unique()
    liking = graph.liking[edges]

    source, target = graph.source[edges], graph.target[edges]
    ((model(PROTOCOLS[protocol].neighbourhood(graph, source, target)) - liking) ** 2).mean().backward()
    ours = [parameter.grad.clone() for parameter in model.parameters()]
    our_loss = ((model(PROTOCOLS[protocol].neighbourhood(graph, source, target)) - liking) ** 2).mean()

    model.zero_grad()
    pair_graph, blocks = sampled_blocks(graph, edges)
    for block in blocks:
        block.edata["liking"] = graph.liking[block.edata[dgl.EID]]
    h = model.embedding if input == "embedding" else input_degree(graph, edges, protocol)[:, None]
    h = h[blocks[0].srcdata[dgl.NID]]
    for layer, block in zip(model.layers, blocks, strict=True):
        h = layer_of_the_sampler(variant, layer, block, h)
    source, target = pair_graph.edges()
    place = torch.argsort(pair_graph.edata[dgl.EID])
    assert torch.equal(pair_graph.edata[dgl.EID][place], edges.sort().values)
    predicted = model.decoder(torch.cat([h[source], h[target]], dim=1))[:, 0][place]
    loss = ((predicted - liking[torch.argsort(edges)]) ** 2).mean()
    loss.backward()

    assert torch.allclose(our_loss, loss, rtol=1e-9)
    for name_parameter, gradient in zip(model.named_parameters(), ours, strict=True):
        name, parameter = name_parameter
        assert torch.allclose(gradient, parameter.grad, rtol=1e-6, atol=1e-9), name
    assert sum(gradient.abs().sum() for gradient in ours) > 0


def test_strict_degree_and_messages_by_hand():
    """User 0 knows artists 2, 3; user 1 knows artist 2. The pair (0, 2) is scored."""
    frame = pd.DataFrame({"user_id": [0, 0, 1], "artist_id": [0, 1, 0], "liking": [0.5, 1.0, 0.25]})
    graph = MessageGraph(build_graph(np.arange(2), np.arange(2), frame))
    batch = strict_neighbourhood(graph, torch.tensor([0]), torch.tensor([2]))
    assert batch.degree.tolist() == [1, 1, 1, 1]
    first, second = batch.layers
    h = torch.tensor([[1.0], [10.0], [100.0], [1000.0]])
    assert first.sum(first.present, h)[:, 0].tolist() == [1000, 100, 10, 1]
    assert first.sum(first.present * graph.liking, h)[:, 0].tolist() == [1000, 25, 2.5, 1]
    assert second.sum(second.present, h)[:, 0].tolist() == [1000, 10]  # nodes 0 and 2 alone
    assert batch.rows.tolist() == [[0], [1]]


def test_softmax_over_neighbours_by_hand():
    frame = pd.DataFrame({"user_id": [0, 0, 1], "artist_id": [0, 1, 0], "liking": [0.5, 1.0, 0.25]})
    graph = MessageGraph(build_graph(np.arange(2), np.arange(2), frame))
    first, _ = strict_neighbourhood(graph, torch.tensor([1]), torch.tensor([2])).layers
    logits = first.logits(torch.tensor([0, 0, np.log(3), 0]).float(), torch.tensor([5.0, 5.0, 5.0, 5.0]))
    # edges by target: 2->0 3->0 | 2->1 (left out) | 0->2 1->2 (left out) | 0->3
    assert torch.allclose(first.softmax_over_neighbours(logits), torch.tensor([0.75, 0.25, 0, 1, 0, 1]))
    # over all: e^(5 + ...) of the four present edges is 3 : 1 : 1 : 1
    assert torch.allclose(first.softmax_over_all_edges(logits), torch.tensor([3, 1, 0, 1, 0, 1]) / 6)


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_no_evaluated_pair_is_among_the_strict_messages(seed):
    """Neither a batch's own pairs nor validation or test pairs, in either direction."""
    _, frame = random_graph(seed)
    parts = strict_split(frame, seed)
    graph = MessageGraph(build_graph(np.arange(12), np.arange(20), parts["train"]))
    source, target = locate(graph.arrays, parts["train"].head(9))
    for part in ("valid", "test"):
        other_source, other_target = locate(graph.arrays, parts[part])
        source, target = torch.cat([source, other_source]), torch.cat([target, other_target])
    first, second = strict_neighbourhood(graph, source, target).layers
    for messages in (first, second):
        present = messages.present.bool()
        sent = set(zip(graph.source[present].tolist(), graph.target[present].tolist(), strict=True))
        scored = set(zip(source.tolist(), target.tolist(), strict=True))
        assert not sent & scored
        assert not sent & {(b, a) for a, b in scored}
        assert len(sent) == 2 * (len(parts["train"]) - 9)


def test_published_messages_carry_test_scores():
    """The leak that gives the protocol its name: of the test edges, those outside the batch are messages."""
    _, frame = random_graph()
    parts = published_split(frame, 0)
    graph = MessageGraph(build_graph(np.arange(12), np.arange(20), pd.concat(parts.values())))
    source, target = locate(graph.arrays, parts["test"])
    first, _ = block_neighbourhood(graph, source[:1], target[:1]).layers
    own = graph.numbers(source[:1], target[:1])
    others = set(graph.numbers(source, target).tolist()) - set(own.tolist())
    assert first.present[own].tolist() == [0, 0]
    assert first.present[list(others)].sum() > 0


def test_published_blocks_are_cut_layer_by_layer():
    """On the graph and batch of the comparison with the sampler, each layer has edges that the next lacks."""
    graph, _ = random_graph(pairs=30)
    first, second = block_neighbourhood(graph, graph.source[:3], graph.target[:3]).layers
    allowed = graph.num_edges - len(set(graph.numbers(graph.source[:3], graph.target[:3]).tolist()))
    assert 0 < second.present.sum() < first.present.sum() < allowed


@pytest.mark.parametrize("width", [1, 2, 3])
def test_weighted_sum_gradients(width):
    graph, _ = random_graph()
    m = torch.rand(graph.num_edges, dtype=torch.float64, requires_grad=True)
    h = torch.rand(graph.num_nodes, width, dtype=torch.float64, requires_grad=True)
    for messages in strict_neighbourhood(graph, graph.source[:4], graph.target[:4]).layers:
        assert torch.autograd.gradcheck(messages.sum, (m, h))


def test_protocols_change_one_thing_at_a_time():
    published, leak_free, user_to_artist, strict = PROTOCOLS.values()
    assert leak_free == replace(published, split="strict")
    assert user_to_artist == replace(leak_free, both_ways=False)
    assert strict == replace(user_to_artist, layer="StrictLayer", neighbourhood=strict_neighbourhood, blocks=False)
