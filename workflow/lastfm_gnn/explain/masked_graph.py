"""A graph whose messages can be weakened: at 1 an edge is as it was, at 0 the graph is the one without it.

An edge's mask counts in degrees and in softmaxes too, so that 0 is not a message of zeros but no edge, and what a
network gives for masks of 0 and 1 is what it gives on the smaller graph.
"""

from functools import cached_property

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor

from lastfm_gnn.asia.networks import Block


class WeightedSum:
    """A sparse (targets, sources) matrix whose values (E,) have a gradient."""

    def __init__(self, target: Tensor, source: Tensor, value: Tensor, targets: int):
        self._target, self._source, self._value, self._targets = target, source, value, targets

    def __matmul__(self, dense: Tensor) -> Tensor:
        """(targets, F) from dense (sources, F)."""
        messages = self._value[:, None] * dense.index_select(0, self._source)
        return dense.new_zeros(self._targets, dense.shape[1]).index_add(0, self._target, messages)


class MaskedBlock(Block):
    """A block with a mask (E,) of its edges and their masked coefficients (E,) of a convolution."""

    attention: Tensor  # (E, heads), once a network of attention has seen the block

    def __init__(self, structure: sp.csr_array, own: np.ndarray, mask: Tensor, coefficient: Tensor):
        super().__init__(structure, structure, own)
        self._mask, self._coefficient = mask, coefficient

    @cached_property
    def normalised(self) -> WeightedSum:
        source, target = self.graph.edges()
        return WeightedSum(target, source, self._coefficient, self.graph.num_dst_nodes())

    def softmax(self, logits: Tensor) -> Tensor:
        self.attention = super().softmax(logits + torch.log(self._mask)[:, None])
        return self.attention


class MaskedGraph:
    """What `depth` layers that end at targets (T,) look at, in an adjacency (N, N) with its diagonal.

    users: those whose input the first layer reads. edges (2, P): source and target of every edge between two of them
    that carries a message on; nobody's own self-loop, which is never masked.
    """

    def __init__(self, adjacency: sp.csr_array, targets: np.ndarray, depth: int):
        numbered = adjacency.copy()
        numbered.data = np.arange(adjacency.nnz)
        entries = numbered.tocoo()
        self._target, self._source = (torch.from_numpy(ends.astype(np.int64)) for ends in (entries.row, entries.col))
        self._layers: list[tuple[sp.csr_array, np.ndarray, Tensor]] = []
        self.users = np.asarray(targets)
        for _ in range(depth):
            rows = numbered[self.users]
            sources = np.unique(rows.indices)
            rows = rows[:, sources].tocsr()
            structure = sp.csr_array((np.ones(rows.nnz), rows.indices, rows.indptr), rows.shape)
            own = np.searchsorted(sources, self.users)
            self._layers.insert(0, (structure, own, torch.from_numpy(rows.data.astype(np.int64))))
            self.users = sources
        used = np.unique(np.concatenate([np.array([], dtype=np.int64), *(number for *_, number in self._layers)]))
        parts = used[entries.row[used] != entries.col[used]]
        self._parts = torch.from_numpy(parts)
        self.edges = np.stack([entries.col[parts], entries.row[parts]])

    def layer_edges(self, layer: int) -> tuple[np.ndarray, np.ndarray]:
        """Source and target of the edges of a layer, self-loops too, in the order of its block's."""
        number = self._layers[layer][2]
        return self._source[number].numpy(), self._target[number].numpy()

    def blocks(self, mask: Tensor) -> list[MaskedBlock]:
        """The layers under a mask (P,) of `edges`."""
        value = torch.ones(len(self._target)).index_copy(0, self._parts, mask)
        none = torch.zeros(int(self._target.max()) + 1)
        into, out_of = none.index_add(0, self._target, value), none.index_add(0, self._source, value)
        coefficient = value * (into[self._target] * out_of[self._source]).rsqrt()
        return [
            MaskedBlock(structure, own, value[number], coefficient[number]) for structure, own, number in self._layers
        ]
