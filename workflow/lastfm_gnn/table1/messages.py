"""Which edges carry messages while a batch is scored, in either form, and sums over them.

Both forms are DGL's full-neighbour edge sampler (`MultiLayerFullNeighborSampler` with
`as_edge_prediction_sampler`, exclude="reverse_id") done on the whole graph at once: an edge that the sampler
leaves out of a block has coefficient 0 instead. The structure then never changes, nothing is rebuilt in the
hot loop, and a layer is one product of a sparse matrix with the nodes' features. tests/table1/test_messages.py holds
both against the sampler itself.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from lastfm_gnn.core.device import softmax_by_target
from lastfm_gnn.core.dgl import load_dgl
from lastfm_gnn.core.sparse import product
from lastfm_gnn.table1.graphs import Graph

NARROW = 2  # columns; so few are multiplied one after the other


class MessageGraph:
    """The fixed structure of a graph: E directed edges, N nodes.

    source, target (E,): nodes of each edge, sorted by target, then source. twin (E,): number of the reversed
    edge. liking (E,). degree (N,): neighbours of each node. All are on the device; `arrays` stays on the processor.
    """

    def __init__(self, graph: Graph, device: torch.device | str = "cpu"):
        self.arrays, self.device = graph, torch.device(device)
        self.source, self.target, self.liking = (
            part.to(device) for part in (graph.source, graph.target, graph.liking)
        )
        self.num_nodes, self.num_edges = graph.num_nodes, graph.num_edges
        self.key = self.target * self.num_nodes + self.source
        self.twin = torch.searchsorted(self.key, self.source * self.num_nodes + self.target)
        self.row = torch.searchsorted(self.target, torch.arange(self.num_nodes + 1, device=device))
        self.sparse_index = self.row.int(), self.source.int()  # what MKL reads; others are converted at every product
        self.degree = self.row.diff().to(self.liking.dtype)

    @cached_property
    def dgl(self) -> Any:
        """As a homogeneous graph of DGL, edges in the same order."""
        return load_dgl().graph((self.source, self.target), num_nodes=self.num_nodes)

    def matrix(self, m: Tensor) -> Tensor:
        """Sparse (N, N) with m (E,) at [target, source]."""
        return torch.sparse_csr_tensor(*self.sparse_index, m, (self.num_nodes, self.num_nodes))

    def transposed(self, m: Tensor) -> Tensor:
        """The transpose of `matrix`, of the same structure, because every edge has its reverse."""
        return self.matrix(m.index_select(0, self.twin))

    def neighbours_in(self, marked: Tensor) -> Tensor:
        """How many neighbours of each node (N,) are marked (N,) by a 1 among zeros."""
        return product(self.matrix(torch.ones_like(self.liking)), marked[:, None])[:, 0]

    def numbers(self, source: Tensor, target: Tensor) -> Tensor:
        """Numbers of the edges among source -> target (B,), both directions, each once; pairs without an edge are
        left out."""
        key = target * self.num_nodes + source
        number = torch.searchsorted(self.key, key).clamp_(max=self.num_edges - 1)
        number = number[self.key[number] == key]
        number = torch.cat([number, self.twin[number]])
        # of equal numbers, the one that wrote its place last stays; quicker than to sort them
        place = torch.arange(len(number), device=self.device)
        written = torch.empty_like(self.twin).index_put_((number,), place)
        return number[written[number] == place]


class _WeightedSum(torch.autograd.Function):
    """out_i = Σ_{j in N_i} m_ij h_j."""

    @staticmethod
    def forward(ctx, graph: MessageGraph, m: Tensor, h: Tensor) -> Tensor:
        ctx.graph = graph
        ctx.save_for_backward(m, h)
        return product(graph.matrix(m), h)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[None, Tensor | None, Tensor | None]:
        m, h = ctx.saved_tensors
        graph = ctx.graph
        for_m = for_h = None
        if ctx.needs_input_grad[1]:
            for_m = dot_of_ends(graph, h, gradient)
        if ctx.needs_input_grad[2]:
            for_h = product(graph.transposed(m), gradient)
        return None, for_m, for_h


def dot_of_ends(graph: MessageGraph, of_source: Tensor, of_target: Tensor) -> Tensor:
    """The product of of_source_j and of_target_i, (N, F) each, for every edge j -> i (E,)."""
    if of_source.shape[1] <= NARROW:
        columns = zip(of_source.unbind(1), of_target.unbind(1), strict=True)
        dot = torch.zeros_like(graph.liking)
        for of_j, of_i in columns:
            dot.addcmul_(of_j.index_select(0, graph.source), of_i.index_select(0, graph.target))
        return dot
    pattern = graph.matrix(torch.zeros_like(graph.liking))
    return torch.sparse.sampled_addmm(pattern, of_target.contiguous(), of_source.T).values()


class Messages:
    """The edges that carry one layer's messages: all into `reached` (N,), 1 or 0, or into every node where it is
    None, but those of the numbers `absent`.

    in_degree, out_degree (N,): such edges into each reached node and out of each node. nodes (R,): those that the
    layer is computed for; all N where it is None.
    """

    def __init__(
        self,
        graph: MessageGraph,
        absent: Tensor,
        degrees: tuple[Tensor, Tensor],
        reached: Tensor | None = None,
        nodes: Tensor | None = None,
    ):
        self.graph = graph
        self.absent = absent
        self.in_degree, self.out_degree = degrees
        self.reached = reached
        self.nodes = nodes

    def at_present(self, of_target: Tensor) -> Tensor:
        """of_target (N,) of each edge's target (E,), 0 where the edge carries no message."""
        if self.reached is not None:
            of_target = of_target * self.reached
        return of_target.index_select(0, self.graph.target).index_fill_(0, self.absent, 0)

    @cached_property
    def present(self) -> Tensor:
        """(E,): 1 for the edges that carry messages and 0 for the others."""
        return self.at_present(torch.ones_like(self.in_degree))

    @cached_property
    def inverse_in_degree(self) -> Tensor:
        """1 / in-degree of each present edge's target (E,), else 0: as coefficients, a mean over neighbours."""
        return self.at_present(self.in_degree.clamp(min=1).reciprocal_())

    @cached_property
    def symmetric_norm(self) -> Tensor:
        """(in-degree of the target · out-degree of the source)^-1/2 of each present edge (E,), else 0."""
        of_source = self.out_degree.clamp(min=1).rsqrt_().index_select(0, self.graph.source)
        return self.at_present(self.in_degree.clamp(min=1).rsqrt_()).mul_(of_source)

    def sum(self, m: Tensor, h: Tensor) -> Tensor:
        """Σ_{j in N_i} m_ij h_j for the layer's nodes i, (R, F) from m (E,), 0 on absent edges, and h (N, F)."""
        summed = _WeightedSum.apply(self.graph, m, h)
        return summed if self.nodes is None else summed.index_select(0, self.nodes)

    def logits(self, of_source: Tensor, of_target: Tensor) -> Tensor:
        """of_source_j + of_target_i, (N,) each, on every edge j -> i (E,), the lowest number on absent edges."""
        lowest = torch.finfo(of_target.dtype).min
        if self.reached is not None:
            of_target = of_target.masked_fill(self.reached == 0, lowest)
        logits = of_source.index_select(0, self.graph.source) + of_target.index_select(0, self.graph.target)
        return logits.index_fill_(0, self.absent, lowest)

    def softmax_over_neighbours(self, logits: Tensor) -> Tensor:
        """(E,): sums to 1 over the present edges into each node that has one, and is 0 on absent edges."""
        if self.graph.device.type == "cpu":
            share = load_dgl().ops.edge_softmax(self.graph.dgl, logits[:, None])[:, 0]
        else:  # DGL's wheel is for the processor alone, where its rounding is that of all figures so far
            share = softmax_by_target(logits, self.graph.row, self.graph.target)
        return share.index_fill(0, self.absent, 0)

    def softmax_over_all_edges(self, logits: Tensor) -> Tensor:
        """(E,): sums to 1 over all present edges of the layer."""
        return torch.softmax(logits, dim=0)


@dataclass(frozen=True)
class Neighbourhood:
    """All that a model is given to score a batch of B pairs.

    source, target (B,): their nodes. degree (N,): the input of models without embeddings. layers: the messages
    of the first and the second convolution; the second is computed for the batch's nodes alone, and rows (2, B)
    are the places of the sources and of the targets among them. inputs (I,): the nodes that the first convolution
    reads, whose degrees alone are given; all N where it is None.
    """

    source: Tensor
    target: Tensor
    degree: Tensor
    layers: tuple[Messages, Messages]
    rows: Tensor
    inputs: Tensor | None = None


def strict_neighbourhood(graph: MessageGraph, source: Tensor, target: Tensor) -> Neighbourhood:
    """The graph of training pairs, less the batch's own pairs in both directions; degrees are those in it."""
    absent, degree = without_pairs(graph, source, target)
    _, nodes, rows = nodes_of(graph, source, target)
    first, second = (Messages(graph, absent, (degree, degree), nodes=of) for of in (None, nodes))
    return Neighbourhood(source, target, degree, (first, second), rows)


def block_neighbourhood(graph: MessageGraph, source: Tensor, target: Tensor) -> Neighbourhood:
    """The authors' blocks: all edges of `graph` but the batch's own and their reverses.

    The second layer has the edges into the batch's nodes, the first those into all the second layer's nodes; degrees
    and softmax count no others. The input is the degree in `graph`. Under the published protocol `graph` is the FULL
    graph, so that validation and test scores travel as messages; under leak_free it has the training pairs alone.
    """
    absent, degree = without_pairs(graph, source, target)
    hidden = graph.degree - degree  # edges out of each node that lead to the batch's nodes, and carry nothing
    in_batch, nodes, rows = nodes_of(graph, source, target)
    to_batch = graph.neighbours_in(in_batch) - hidden
    reached = torch.maximum(in_batch, to_batch.clamp(max=1))
    to_reached = graph.neighbours_in(reached) - hidden
    first = Messages(graph, absent, (degree, to_reached), reached)
    second = Messages(graph, absent, (degree, to_batch), in_batch, nodes)
    return Neighbourhood(source, target, graph.degree, (first, second), rows)


def without_pairs(graph: MessageGraph, source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Numbers of the edges of the pairs (B,), and the degrees (N,) without them."""
    absent = graph.numbers(source, target)
    hidden = torch.bincount(graph.target[absent], minlength=graph.num_nodes)
    return absent, graph.degree - hidden


def nodes_of(graph: MessageGraph, source: Tensor, target: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The pairs' nodes as a 1 among zeros (N,), their numbers in order (R,), and each end's place there (2, B)."""
    ends = torch.stack([source, target])
    marked = torch.zeros_like(graph.degree).index_fill_(0, ends.flatten(), 1)
    nodes = marked.nonzero()[:, 0]
    numbers = torch.arange(len(nodes), device=graph.device)
    place = torch.empty_like(marked, dtype=torch.int64).index_put_((nodes,), numbers)
    return marked, nodes, place[ends]
