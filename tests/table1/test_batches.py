"""How large a batch is, and what an epoch costs, as a count of edges."""

from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import train_model
from lastfm_gnn.core.program import InputError
from lastfm_gnn.table1.batches import MOST_PASSES, batch_pairs, neighbourhoods, read_neighbours
from lastfm_gnn.table1.messages import strict_neighbourhood
from random_messages import random_graph


@settings(max_examples=60)
@given(st.integers(16, 400), st.integers(1, 5000), st.sampled_from(["auto", "all", (3, 3)]))
def test_a_batch_hides_a_small_share_of_the_messages(pairs, wanted, neighbours):
    """Whatever the size of the data, fifteen sixteenths of the messages remain. Only "auto" takes more."""
    graph, _ = random_graph(users=20, artists=30, pairs=pairs)
    size = batch_pairs(graph, wanted, neighbours)
    assert size >= 1 and (size <= wanted or neighbours == "auto")
    of_users = graph.source < 20  # user -> artist
    source, target = graph.source[of_users][:size], graph.target[of_users][:size]
    first, _ = strict_neighbourhood(graph, source, target).layers
    assert first.present.sum() >= graph.num_edges * 15 / 16


def test_the_batches_of_hetrec_are_as_printed():
    """Its 74,267 training pairs, and the full graph of the authors, carry batches of 4,096 as they are."""
    for pairs in (74_267, 92_834):
        assert batch_pairs(SimpleNamespace(num_edges=2 * pairs), 4096, "auto") == 4096


@pytest.mark.parametrize("pairs", [74_267, 10**6, 10**7, 10**8])
def test_passes_over_the_graph_are_bounded(pairs):
    """An epoch passes over the graph once a batch; with a fixed batch, the more often the more pairs there are."""
    graph = SimpleNamespace(num_edges=2 * pairs)
    assert pairs / batch_pairs(graph, 4096, "auto") <= MOST_PASSES + 0.01
    assert batch_pairs(graph, 4096, "all") == batch_pairs(graph, 4096, (10, 10)) == 4096


def edges_of_an_epoch(graph, size, neighbours):
    """Messages of both layers over all batches of the pairs, from user to artist, in a random order."""
    make = neighbourhoods(graph, "strict", neighbours)
    pairs = torch.nonzero(graph.source < graph.target)[:, 0]
    shuffled = pairs[torch.randperm(len(pairs), generator=torch.Generator().manual_seed(0))]
    batches = [make(graph.source[part], graph.target[part]) for part in shuffled.split(size)]
    return sum(len(messages.graph.liking) for batch in batches for messages in batch.layers)


@pytest.mark.parametrize(("neighbours", "least", "most"), [("auto", 3.8, 4.2), ((2, 2), 3.8, 4.8), ("all", 15, 17)])
def test_edges_that_an_epoch_touches_grow_with_the_pairs(neighbours, least, most):
    """Four times the users, artists and pairs: four times the edges, or sixteen in batches of one size."""
    counts = []
    for times in (8, 32):
        graph, _ = random_graph(users=12 * times, artists=20 * times, pairs=200 * times)
        counts.append(edges_of_an_epoch(graph, batch_pairs(graph, 20, neighbours), neighbours))
    assert least < counts[1] / counts[0] < most
    # a pair has two nodes, each of them two neighbours, and all of these two neighbours
    assert neighbours != (2, 2) or counts[1] <= 200 * 32 * 2 * (2 + (1 + 2) * 2)


@pytest.mark.parametrize("protocol", ["published", "leak_free", "user_to_artist"])
def test_the_authors_blocks_are_not_sampled(protocol):
    with pytest.raises(InputError, match=f"protocol {protocol} counts degrees"):
        neighbourhoods(random_graph()[0], protocol, (10, 10))


@pytest.mark.parametrize("text", ["", "most", "10", "10,0", "10,10,10", "1e3,10", "10,1001"])
def test_mistyped_neighbours_are_told(text, capsys):
    with pytest.raises(SystemExit):
        train_model.main([f"--neighbours={text}"])
    assert f"{text!r} is not auto, all, or two whole numbers from 1 to 1000" in capsys.readouterr().err


def test_neighbours_are_read():
    assert [read_neighbours(text) for text in ("auto", "all", "10,25")] == ["auto", "all", (10, 25)]
