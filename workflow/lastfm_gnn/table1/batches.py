"""How many pairs are a batch, and which neighbours send it messages, so that an epoch's cost grows as the data do."""

import argparse
from collections.abc import Callable

from torch import Tensor

from lastfm_gnn.core.program import InputError, whole_number
from lastfm_gnn.table1.messages import MessageGraph, Neighbourhood
from lastfm_gnn.table1.protocols import PROTOCOLS
from lastfm_gnn.table1.sampling import NeighbourSampler

# "auto", "all", or fan-outs: the most neighbours of a node in the first and the second layer
Neighbours = str | tuple[int, int]

MOST_HIDDEN = 16  # a batch hides at most one in so many of the graph's pairs; HetRec's of 4,096 hides 1 in 18
MOST_PASSES = 32  # over the graph while each of its pairs is scored once
LARGEST_FAN_OUT = 1000  # all are drawn at once

fan_out = whole_number(1, LARGEST_FAN_OUT)


def batch_pairs(graph: MessageGraph, wanted: int, neighbours: Neighbours) -> int:
    """How many pairs are a batch: `wanted`, with "auto" at least a 32nd of the graph's pairs, never more than a 16th.

    Every batch passes messages over the whole graph, so that with a fixed size the cost of an epoch would grow with
    the square of the pairs. A batch hides its own pairs: one of all pairs would leave no message at all.
    """
    pairs = graph.num_edges // 2
    least = pairs // MOST_PASSES if neighbours == "auto" else 1
    return max(1, min(max(wanted, least), pairs // MOST_HIDDEN))


def neighbourhoods(
    graph: MessageGraph, protocol: str, neighbours: Neighbours
) -> Callable[[Tensor, Tensor], Neighbourhood]:
    """What makes a batch's neighbourhood from its sources and targets (B,). Raises InputError for fan-outs under a
    protocol of blocks."""
    rules = PROTOCOLS[protocol]
    if isinstance(neighbours, str):
        return lambda source, target: rules.neighbourhood(graph, source, target)
    if rules.blocks:
        raise InputError(
            f"protocol {protocol} counts degrees in its batches, so that its neighbours cannot be sampled; give"
            " --neighbours auto"
        )
    return NeighbourSampler(graph, neighbours).neighbourhood


def read_neighbours(text: str) -> Neighbours:
    """The type of an argument that is auto, all, or two fan-outs, such as 10,10."""
    if text in ("auto", "all"):
        return text
    try:
        first, second = map(fan_out, text.split(","))
    except (ValueError, argparse.ArgumentTypeError) as error:
        words = f"{text[:50]!r} is not auto, all, or two whole numbers from 1 to {LARGEST_FAN_OUT}, such as 10,10"
        raise argparse.ArgumentTypeError(words) from error
    return first, second
