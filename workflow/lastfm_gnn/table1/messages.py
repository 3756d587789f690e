"""Which edges carry messages while a batch is scored, in either form, and sums over them.

Both forms are DGL's full-neighbour edge sampler (`MultiLayerFullNeighborSampler` with
`as_edge_prediction_sampler`, exclude="reverse_id") done on the whole graph at once: an edge that the sampler
leaves out of a block has coefficient 0 instead. The structure then never changes, nothing is rebuilt in the
hot loop, and a layer is one product of a sparse matrix with the nodes' features. tests/table1/test_messages.py holds
both against the sampler itself.
"""

import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from lastfm_gnn.core.dgl import load_dgl
from lastfm_gnn.core.sparse import product
from lastfm_gnn.table1.graphs import Graph


class MessageGraph:
    """The fixed structure of a graph: E directed edges, N nodes.

    source, target (E,): nodes of each edge, sorted by target, then source. twin (E,): number of the reversed
    edge. liking (E,). degree (N,): neighbours of each node.
    """

    def __init__(self, graph: Graph):
        self.arrays = graph
        self.source, self.target, self.liking = graph.source, graph.target, graph.liking
        self.num_nodes, self.num_edges = graph.num_nodes, graph.num_edges
        self.key = self.target * self.num_nodes + self.source
        self.twin = torch.searchsorted(self.key, self.source * self.num_nodes + self.target)
        self.row = torch.searchsorted(self.target, torch.arange(self.num_nodes + 1))
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

    def spread(self, values: Tensor) -> Tensor:
        """The matrix's values as (E,): as they are."""
        return values

    def count(self, present: Tensor) -> Tensor:
        """present (E,) summed over the edges into each node (N,)."""
        return torch.segment_reduce(present, "sum", offsets=self.row)

    def numbers(self, source: Tensor, target: Tensor) -> Tensor:
        """Numbers of the edges among source -> target (B,), both directions; pairs without an edge are left out."""
        key = target * self.num_nodes + source
        number = torch.searchsorted(self.key, key).clamp_(max=self.num_edges - 1)
        number = number[self.key[number] == key]
        return torch.cat([number, self.twin[number]])


class Rows:
    """The rows of a graph's matrix for some nodes (R,), and their transpose. `edges` (E_R,) lead into those nodes."""

    def __init__(self, graph: MessageGraph, nodes: Tensor):
        self.graph = graph
        first, count = graph.row[nodes], graph.row.diff()[nodes]
        self.row = torch.zeros(len(nodes) + 1, dtype=torch.int64)
        torch.cumsum(count, 0, out=self.row[1:])
        start = torch.repeat_interleave(first - self.row[:-1], count, output_size=int(self.row[-1]))
        self.edges = start + torch.arange(len(start))
        self.sparse_index = self.row.int(), graph.sparse_index[1].index_select(0, self.edges)
        self.place = torch.full((graph.num_nodes,), -1, dtype=torch.int32)
        self.place[nodes] = torch.arange(len(nodes), dtype=torch.int32)
        self.shape = len(nodes), graph.num_nodes

    def matrix(self, m: Tensor) -> Tensor:
        """Sparse (R, N) with m (E,)."""
        return torch.sparse_csr_tensor(*self.sparse_index, m.index_select(0, self.edges), self.shape)

    def transposed(self, m: Tensor) -> Tensor:
        """Sparse (N, R) with m (E,), zeros where an edge leads into none of the nodes."""
        row = self.place.index_select(0, self.graph.source)
        m = m.index_select(0, self.graph.twin).masked_fill_(row < 0, 0)
        return torch.sparse_csr_tensor(self.graph.sparse_index[0], row.clamp_(min=0), m, self.shape[::-1])

    def spread(self, values: Tensor) -> Tensor:
        """values (E_R,) of the matrix as (E,), 0 elsewhere."""
        return values.new_zeros(self.graph.num_edges).index_copy_(0, self.edges, values)


class _WeightedSum(torch.autograd.Function):
    """out_i = Σ_{j in N_i} m_ij h_j for the nodes i of `rows`, a MessageGraph for all of them."""

    @staticmethod
    def forward(ctx, rows: "MessageGraph | Rows", m: Tensor, h: Tensor) -> Tensor:
        ctx.rows = rows
        ctx.save_for_backward(m, h)
        return product(rows.matrix(m), h)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[None, Tensor | None, Tensor | None]:
        m, h = ctx.saved_tensors
        for_m = for_h = None
        if ctx.needs_input_grad[1]:
            pattern = ctx.rows.matrix(torch.zeros_like(m))
            for_m = ctx.rows.spread(torch.sparse.sampled_addmm(pattern, gradient.contiguous(), h.T).values())
        if ctx.needs_input_grad[2]:
            for_h = product(ctx.rows.transposed(m), gradient)
        return None, for_m, for_h


class Messages:
    """The edges that carry one layer's messages: present (E,) is 1 for those and 0 for the others.

    nodes (R,): those that the layer is computed for; all N where it is None.
    """

    def __init__(self, graph: MessageGraph, present: Tensor, nodes: Tensor | None = None):
        self.graph = graph
        self.present = present
        self.nodes = nodes

    @cached_property
    def rows(self) -> MessageGraph | Rows:
        """The matrix rows of the layer's nodes."""
        return self.graph if self.nodes is None else Rows(self.graph, self.nodes)

    @cached_property
    def weight(self) -> Tensor:
        """w_ij (E,): the liking score of a present edge, else 0."""
        return self.present * self.graph.liking

    @cached_property
    def in_degree(self) -> Tensor:
        """Present edges into each node (N,)."""
        return self.graph.count(self.present)

    @cached_property
    def out_degree(self) -> Tensor:
        """Present edges out of each node (N,)."""
        return self.graph.count(self.present.index_select(0, self.graph.twin))

    @cached_property
    def inverse_in_degree(self) -> Tensor:
        """1 / in-degree of each edge's target (E,); with present coefficients, a mean over neighbours."""
        return self.in_degree.clamp(min=1).reciprocal().index_select(0, self.graph.target)

    @cached_property
    def symmetric_norm(self) -> Tensor:
        """(in-degree of the target · out-degree of the source)^-1/2 (E,)."""
        into = self.in_degree.clamp(min=1).rsqrt().index_select(0, self.graph.target)
        return into * self.out_degree.clamp(min=1).rsqrt().index_select(0, self.graph.source)

    def sum(self, m: Tensor, h: Tensor) -> Tensor:
        """Σ_{j in N_i} m_ij h_j for the layer's nodes i, (R, F) from m (E,), 0 on absent edges, and h (N, F)."""
        return _WeightedSum.apply(self.rows, m, h)

    def logits(self, from_source: Tensor, from_target: Tensor) -> Tensor:
        """from_source_j + from_target_i on every edge j -> i (E,), the lowest number where none is present."""
        logits = from_source.index_select(0, self.graph.source) + from_target.index_select(0, self.graph.target)
        return logits.masked_fill(self.present == 0, torch.finfo(logits.dtype).min)

    def softmax_over_neighbours(self, logits: Tensor) -> Tensor:
        """(E,): sums to 1 over the present edges into each node that has one."""
        return load_dgl().ops.edge_softmax(self.graph.dgl, logits[:, None])[:, 0] * self.present

    def softmax_over_all_edges(self, logits: Tensor) -> Tensor:
        """(E,): sums to 1 over all present edges of the layer."""
        return torch.softmax(logits, dim=0) * self.present


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
    present = torch.ones_like(graph.liking)
    present[graph.numbers(source, target)] = 0
    first = Messages(graph, present)
    degree = first.in_degree
    second = copy.copy(first)
    second.nodes, rows = torch.unique(torch.stack([source, target]), return_inverse=True)
    return Neighbourhood(source, target, degree, (first, second), rows)


def block_neighbourhood(graph: MessageGraph, source: Tensor, target: Tensor) -> Neighbourhood:
    """The authors' blocks: all edges of `graph` but the batch's own and their reverses.

    The second layer has the edges into the batch's nodes, the first those into all the second layer's nodes; degrees
    and softmax count no others. The input is the degree in `graph`. Under the published protocol `graph` is the FULL
    graph, so that validation and test scores travel as messages; under leak_free it has the training pairs alone.
    """
    allowed = torch.ones(graph.num_edges, dtype=torch.bool)
    allowed[graph.numbers(source, target)] = False
    nodes, rows = torch.unique(torch.stack([source, target]), return_inverse=True)
    reached = torch.zeros(graph.num_nodes, dtype=torch.bool)
    reached[nodes] = True
    into_batch = allowed & reached.index_select(0, graph.target)
    reached[graph.source[into_batch]] = True
    into_reached = allowed & reached.index_select(0, graph.target)
    dtype = graph.liking.dtype
    layers = Messages(graph, into_reached.to(dtype)), Messages(graph, into_batch.to(dtype), nodes)
    return Neighbourhood(source, target, graph.degree, layers, rows)
