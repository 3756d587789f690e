"""MLP, GCN and GAT over the friendship graph, for regions and for artists.

After the first, each layer is computed for the users that the next one looks at and no others (`blocks`), so that 144
targets of the published masking cost a fraction of 7,624 users, with equal results.
"""

from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor, nn

from lastfm_gnn.core.device import softmax_by_target
from lastfm_gnn.core.dgl import load_dgl
from lastfm_gnn.core.dropout import Dropout
from lastfm_gnn.core.sparse import Product, SparseMatrix
from lastfm_gnn.data.friendships import FriendGraph


@dataclass(frozen=True)
class UserInputs:
    """What the N users bring: likes (N, A) sparse, embedding (N, D); either may be None."""

    likes: SparseMatrix | None
    embedding: Tensor | None


class Block:
    """Messages of one layer, from the users of the layer before, `len(users)` of them, to those of this one.

    structure: sparse (targets, sources), 1 on an edge; weight: the same with a convolution's coefficients; own: the
    targets' own places among the sources. Attention is DGL's, on the processor.
    """

    def __init__(
        self, structure: sp.csr_array, weight: sp.csr_array, own: np.ndarray, device: torch.device | str = "cpu"
    ):
        self._structure, self._weight, self.device = structure, weight, device
        self.own = torch.from_numpy(own).to(device)

    @cached_property
    def normalised(self) -> Product:
        """D_in^-1/2 A D_out^-1/2, degrees of the whole graph (Kipf and Welling, 2017)."""
        return SparseMatrix(self._weight, self.device)

    @cached_property
    def graph(self) -> Any:
        """As a bipartite graph of DGL, for attention."""
        edges = self._structure.tocoo()
        return load_dgl().create_block(
            (torch.from_numpy(edges.col), torch.from_numpy(edges.row)), *self._structure.shape[::-1]
        )

    def softmax(self, logits: Tensor) -> Tensor:
        """(E, heads): sums to 1 over the edges into each target."""
        return load_dgl().ops.edge_softmax(self.graph, logits)

    def of_ends(self, of_source: Tensor, of_target: Tensor) -> Tensor:
        """(E, heads): the sum of what both ends of an edge have, (sources, heads) and (targets, heads)."""
        return load_dgl().ops.u_add_v(self.graph, of_source, of_target)

    def sum(self, weight: Tensor, z: Tensor) -> Tensor:
        """(targets, heads, F): over the edges into each, weight (E, heads) times z (sources, heads, F)."""
        return load_dgl().ops.u_mul_e_sum(self.graph, z, weight[:, :, None])


class PlainBlock(Block):
    """A block whose attention is plain torch, on any device."""

    @cached_property
    def _edges(self) -> tuple[Tensor, Tensor, Tensor]:
        """Source and target of every edge, sorted by target, and where each target's edges start."""
        row, source = (
            torch.from_numpy(part.astype(np.int64)) for part in (self._structure.indptr, self._structure.indices)
        )
        target = torch.repeat_interleave(row.diff(), output_size=len(source))
        return source.to(self.device), target.to(self.device), row.to(self.device)

    def softmax(self, logits: Tensor) -> Tensor:
        _, target, row = self._edges
        return softmax_by_target(logits, row, target)

    def of_ends(self, of_source: Tensor, of_target: Tensor) -> Tensor:
        source, target, _ = self._edges
        return of_source.index_select(0, source) + of_target.index_select(0, target)

    def sum(self, weight: Tensor, z: Tensor) -> Tensor:
        source, target, row = self._edges
        sent = weight[:, :, None] * z.index_select(0, source)
        return sent.new_zeros(len(row) - 1, *z.shape[1:]).index_add(0, target, sent)


def one_way(user_id: np.ndarray, first: np.ndarray, second: np.ndarray) -> sp.csr_array:
    """(N, N) with 1 at [second, first] and on the diagonal: messages from the smaller id to the larger alone.

    The published notebooks read the undirected list that way; the self-loop is their convolutions' own.
    """
    n = len(user_id)
    ends = np.searchsorted(user_id, second), np.searchsorted(user_id, first)
    return (sp.coo_array((np.ones(len(first)), ends), (n, n)) + sp.eye_array(n)).tocsr()


def both_ways(graph: FriendGraph) -> sp.csr_array:
    """(N, N): friends, and the diagonal."""
    return (graph.adjacency + sp.eye_array(len(graph.degree))).tocsr()


def blocks(
    adjacency: sp.csr_array, targets: np.ndarray, depth: int, device: torch.device | str = "cpu"
) -> tuple[list[Block], np.ndarray]:
    """`depth` layers that end at `targets` (T,), and the users whose input the first one reads."""
    into, out_of = adjacency.sum(1), adjacency.sum(0)
    scale = sp.diags_array(into**-0.5) @ adjacency @ sp.diags_array(out_of**-0.5)
    layers: list[Block] = []
    block = Block if torch.device(device).type == "cpu" else PlainBlock
    users = np.asarray(targets)
    for _ in range(depth):
        rows = adjacency[users]
        sources = np.unique(rows.indices)
        weight, own = scale[users][:, sources].tocsr(), np.searchsorted(sources, users)
        layers.insert(0, block(rows[:, sources], weight, own, device))
        users = sources
    return layers, users


class FirstLayer(nn.Module):
    """likes W + embedding V: the only layer that meets the inputs, whose likes stay sparse."""

    def __init__(self, artists: int | None, dimensions: int | None, outputs: int):
        super().__init__()
        bound = (6 / ((artists or 0) + (dimensions or 0) + outputs)) ** 0.5  # Xavier
        self.W = nn.Parameter(torch.empty(artists, outputs).uniform_(-bound, bound)) if artists else None
        self.V = nn.Parameter(torch.empty(dimensions, outputs).uniform_(-bound, bound)) if dimensions else None

    def forward(self, inputs: UserInputs, shown: Tensor, users: Tensor) -> Tensor:
        """(U, outputs) for users (U,); shown (N,) is 0 for users whose likes are hidden, 1 for the others."""
        parts = []
        if self.W is not None and inputs.likes:
            parts.append((inputs.likes @ self.W).index_select(0, users) * shown.index_select(0, users)[:, None])
        if self.V is not None and inputs.embedding is not None:
            parts.append(inputs.embedding.index_select(0, users) @ self.V)
        return reduce(torch.add, parts)


class FriendAttention(nn.Module):
    """softmax_j LeakyReLU(a · [z_i ‖ z_j]) of `heads` heads (Veličković et al., 2018, eqs. 1 to 5)."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.source, self.target = (
            nn.Parameter(nn.init.xavier_normal_(torch.empty(1, heads, width // heads))) for _ in range(2)
        )

    def forward(self, block: Block, z: Tensor) -> Tensor:
        """(targets, width) from z (sources, width)."""
        z = z.view(len(z), self.heads, -1)
        logits = block.of_ends((z * self.source).sum(2), (z.index_select(0, block.own) * self.target).sum(2))
        weight = block.softmax(nn.functional.leaky_relu(logits, 0.2))
        return block.sum(weight, z).flatten(1)


class UserNetwork(nn.Module):
    """`hidden` layers that are all alike, then a linear one for each of `dense` and for the outputs; ReLU between.

    layer: "mlp", "gcn" or "gat", whose `heads` heads share a layer's width; the last of several layers has one.
    last: "linear", or "graph" where the published nets end in a convolution. A graph layer's output goes to its
    block's targets.
    Dropout follows every hidden layer; where there are dense ones, the last graph layer and those alone.
    """

    def __init__(
        self,
        layer: str,
        artists: int | None,
        dimensions: int | None,
        hidden: list[int],
        dense: list[int],
        outputs: int,
        last: str,
        heads: int,
        dropout: float,
    ):
        super().__init__()
        graph_widths = [*hidden, outputs] if last == "graph" else hidden
        self.layer, self.depth = layer, 0 if layer == "mlp" else len(graph_widths)
        self.first = FirstLayer(artists, dimensions, graph_widths[0])
        linear = [nn.Linear(*pair, bias=False) for pair in pairwise(graph_widths)]
        self.graph_layers = nn.ModuleList(linear)
        self.biases = nn.ParameterList([torch.zeros(width) for width in graph_widths])
        heads_of = [*[heads] * (len(graph_widths) - 1), heads if len(graph_widths) == 1 else 1]
        attention = [FriendAttention(width, count) for width, count in zip(graph_widths, heads_of, strict=True)]
        self.attention = nn.ModuleList(attention if layer == "gat" else [])
        widths = [graph_widths[-1], *dense] + ([] if last == "graph" else [outputs])
        self.dense_layers = nn.ModuleList([nn.Linear(*pair) for pair in pairwise(widths)])
        self.dropout = Dropout(dropout)

    @property
    def output_bias(self) -> nn.Parameter:
        return self.dense_layers[-1].get_parameter("bias") if len(self.dense_layers) else self.biases[-1]

    def forward(self, inputs: UserInputs, shown: Tensor, layers: list[Block], users: np.ndarray) -> Tensor:
        """(targets, outputs) scores before any sigmoid or softmax.

        layers, users: what `blocks` gives; an MLP has no layers, and its users are the targets.
        """
        h = self.first(inputs, shown, torch.from_numpy(users).to(shown.device))
        for number, bias in enumerate(self.biases):
            if self.layer == "gat":
                z = self.graph_layers[number - 1](h) if number else h
                h = self.attention[number](layers[number], z)
            elif self.layer == "gcn":
                h = layers[number].normalised @ h
                h = self.graph_layers[number - 1](h) if number else h
            elif number:
                h = self.graph_layers[number - 1](h)
            h = h + bias
            more = number + 1 < len(self.biases)
            if more or len(self.dense_layers):
                h = torch.relu(h)
                h = h if more and len(self.dense_layers) > 1 else self.dropout(h)
        for number, layer in enumerate(self.dense_layers):
            h = layer(h)
            if number + 1 < len(self.dense_layers):
                h = self.dropout(torch.relu(h))
        return h
