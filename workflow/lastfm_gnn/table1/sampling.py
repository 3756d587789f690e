"""Messages from a sample of each node's neighbours: a batch then costs as much as its pairs, however large the graph.

Neighbour sampling (Hamilton, Ying and Leskovec, "Inductive Representation Learning on Large Graphs", NeurIPS 2017,
algorithm 2), for the strict protocol. In plain torch, whose random numbers a saved training keeps; DGL has its own.
The authors' blocks have no such form: their degrees and their softmax count the edges of the block, so that blocks
of a sample would make another network.
"""

from functools import cached_property

import torch
from torch import Tensor

from lastfm_gnn.table1.messages import MessageGraph, Messages, Neighbourhood


class SampledEdges(MessageGraph):
    """E sampled edges into R nodes, from I: the R nodes first, then all others that a sampled edge comes from.

    source, target (E,): places among the I nodes, sorted by target. row (R + 1,): where each target's edges start.
    liking (E,).
    """

    def __init__(self, source: Tensor, row: Tensor, liking: Tensor, inputs: int):
        self.source, self.row, self.liking = source, row, liking
        self.shape = len(row) - 1, inputs
        self.target = torch.repeat_interleave(row.diff(), output_size=len(source))
        self.sparse_index = row.int(), source.int()

    def matrix(self, m: Tensor) -> Tensor:
        """Sparse (R, I) with m (E,)."""
        return torch.sparse_csr_tensor(*self.sparse_index, m, self.shape)

    @cached_property
    def _by_source(self) -> tuple[Tensor, Tensor, Tensor]:
        """The transpose: where each source's edges start (I + 1,), their targets, and their numbers (E,)."""
        source, order = torch.sort(self.sparse_index[1], stable=True)
        start = torch.searchsorted(source, torch.arange(self.shape[1] + 1, dtype=source.dtype, device=source.device))
        return start.int(), self.target.index_select(0, order).int(), order

    def transposed(self, m: Tensor) -> Tensor:
        """Sparse (I, R) with m (E,)."""
        start, target, order = self._by_source
        return torch.sparse_csr_tensor(start, target, m.index_select(0, order), self.shape[::-1])


class SampledMessages(Messages):
    """Messages of a sample, whose sums estimate those over all neighbours of a node.

    A mean over the sample stands for the mean over all, without bias. The softmax over the sample is multiplied by
    its size and divided by the number of all neighbours, because the convolution divides by the former in place of
    the latter. The noise of `augmentation` has the variance of a mean over as many neighbours as are sampled.
    """

    def __init__(self, edges: SampledEdges, degree: Tensor):
        """degree (R,): neighbours of each node in the whole graph, less the batch's own pairs."""
        into = edges.row.diff().to(edges.liking.dtype)
        super().__init__(edges, edges.source[:0], (into, into))
        self.degree = degree

    def softmax_over_neighbours(self, logits: Tensor) -> Tensor:
        """(E,): sums to degree / size of the sample over the edges into each node that has one."""
        row, target = self.graph.row, self.graph.target
        largest = torch.segment_reduce(logits.detach(), "max", offsets=row)
        share = (logits - largest.index_select(0, target)).exp()
        scale = self.in_degree / self.degree.clamp(min=1) * torch.segment_reduce(share, "sum", offsets=row)
        return share / scale.index_select(0, target)


class NeighbourSampler:
    """Draws the messages of batches. fan_outs: the most neighbours of a node in the first and the second layer."""

    def __init__(self, graph: MessageGraph, fan_outs: tuple[int, int]):
        self.graph, self.fan_outs = graph, fan_outs
        self._place = torch.full_like(graph.row[1:], -1)  # of nodes among those of a layer; -1 again after each

    def neighbourhood(
        self, source: Tensor, target: Tensor, hidden: tuple[Tensor, Tensor] | None = None
    ) -> Neighbourhood:
        """As `strict_neighbourhood`, of a sample: without the batch's own pairs, which are never drawn.

        hidden: sources and targets of the whole batch where the pairs are a part of it.
        """
        absent = self.graph.numbers(*(hidden or (source, target))).unique()
        nodes, rows = torch.unique(torch.stack([source, target]), return_inverse=True)
        second, nodes = self._layer(absent, nodes, self.fan_outs[1])
        first, nodes = self._layer(absent, nodes, self.fan_outs[0])
        degree = visible(self.graph.row, absent, nodes)[1].to(self.graph.liking.dtype)
        return Neighbourhood(source, target, degree, (first, second), rows, nodes)

    def _layer(self, absent: Tensor, nodes: Tensor, most: int) -> tuple[SampledMessages, Tensor]:
        """Messages into `nodes` (R,), and the nodes (I,) that they need."""
        first, degree = visible(self.graph.row, absent, nodes)
        taken = degree.clamp(max=most)
        is_taken = torch.arange(most, device=nodes.device) < taken[:, None]
        edges = (first[:, None] + distinct(degree, most))[is_taken]
        edges += torch.searchsorted(absent - torch.arange(len(absent), device=nodes.device), edges, right=True)
        row = torch.nn.functional.pad(taken.cumsum(0), (1, 0))

        place, source = self._place, self.graph.source.index_select(0, edges)
        place[nodes] = torch.arange(len(nodes), device=nodes.device)
        others = source[place[source] < 0].unique()
        place[others] = torch.arange(len(nodes), len(nodes) + len(others), device=nodes.device)
        inputs = torch.cat([nodes, others])
        sampled = SampledEdges(place[source], row, self.graph.liking.index_select(0, edges), len(inputs))
        place[inputs] = -1
        return SampledMessages(sampled, degree.to(sampled.liking.dtype)), inputs


def visible(row: Tensor, absent: Tensor, nodes: Tensor) -> tuple[Tensor, Tensor]:
    """Of the edges into nodes (R,), less the `absent` ones, whose numbers are sorted: how many come before them in
    the graph, and how many they are, (R,) each. The edges into node i are those from row[i] to row[i + 1]."""
    first, end = row[nodes], row[nodes + 1]
    first, end = first - torch.searchsorted(absent, first), end - torch.searchsorted(absent, end)
    return first, end - first


def distinct(counts: Tensor, most: int) -> Tensor:
    """(R, most): for each count n (R,), `most` different numbers below n, every set of them as likely as any other;
    0, 1, 2, ... where n is not larger than `most`.

    Robert Floyd's algorithm ("Programming Pearls", Communications of the ACM 30(9), 1987), for all rows at once.
    """
    numbers = torch.arange(most, device=counts.device).repeat(len(counts), 1)
    chosen = torch.nonzero(counts > most)[:, 0]
    drawn, random = numbers[chosen], torch.rand(len(chosen), most, dtype=torch.float64).to(counts.device)
    for column in range(most):
        last = counts[chosen] - most + column
        number = (random[:, column] * (last + 1)).long()
        is_taken = (drawn[:, :column] == number[:, None]).any(1)
        drawn[:, column] = torch.where(is_taken, last, number)
    numbers[chosen] = drawn
    return numbers
