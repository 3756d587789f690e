"""Graph network: XSimGCL (Yu et al., TKDE 2023): LightGCN's layers with noise; a node's first layer must be more like
its own mean of layers than like others' (contrastive loss)."""

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from lastfm_gnn.core.sparse import SparseMatrix
from lastfm_gnn.data.listens import Side
from lastfm_gnn.ranking.embeddings import learn

CONTRASTED = 2048  # users or artists a step, drawn at random: the loss compares every two of them


def perturbed_layers(graph: SparseMatrix, embedding: Tensor, layers: int, noise: float) -> list[Tensor]:
    """Each layer (N, D); a node's row is moved by a random vector of length `noise`, which keeps its signs (eq.
    3)."""
    found = []
    for _ in range(layers):
        embedding = graph @ embedding
        if noise:
            embedding = embedding + torch.sign(embedding) * normalize(torch.rand_like(embedding), dim=1) * noise
        found.append(embedding)
    return found


def contrast(one: Tensor, other: Tensor, temperature: float) -> Tensor:
    """InfoNCE of two views (n, D) of the same nodes: each row of `one` must be nearest to its own row of `other`."""
    likeness = normalize(one, dim=1) @ normalize(other, dim=1).T / temperature
    return cross_entropy(likeness, torch.arange(len(one)))


def scores(
    listens: sp.csr_array,
    side: Side | None,
    league: str,
    seed: int,
    dimensions: int,
    layers: int,
    learning_rate: float,
    weight_decay: float,
    steps: int,
    noise: float,
    temperature: float,
    contrast_weight: float,
) -> Iterator[tuple[int, np.ndarray]]:
    """Yields (step, (U, A)). Nodes without a listen are not contrasted."""
    users = listens.shape[0]
    degree = np.concatenate([np.diff(listens.indptr), np.bincount(listens.indices, minlength=listens.shape[1])])
    nodes = torch.from_numpy(np.flatnonzero(degree))
    sides = nodes[nodes < users], nodes[nodes >= users]

    def propagate(graph: SparseMatrix, embedding: Tensor) -> Tensor:
        return torch.stack(perturbed_layers(graph, embedding, layers, 0)).mean(0)

    def training_loss(graph: SparseMatrix, embedding: Tensor) -> tuple[Tensor, Tensor]:
        found = perturbed_layers(graph, embedding, layers, noise)
        final = torch.stack(found).mean(0)
        drawn = [some[torch.randperm(len(some))[:CONTRASTED]] for some in sides]
        loss = sum(contrast(final[some], found[0][some], temperature) for some in drawn)
        return final, contrast_weight * loss

    return learn(listens, seed, dimensions, learning_rate, weight_decay, steps, propagate, training_loss)
