"""Graph network: XSimGCL (Yu et al., TKDE 2023): LightGCN's layers with noise; a node's first layer must be more like
its own mean of layers than like others' (contrastive loss)."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from lastfm_gnn.core.device import resolve
from lastfm_gnn.core.sparse import SparseMatrix
from lastfm_gnn.ranking.embeddings import EmbeddingSettings, expect_embeddings, learn
from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.scores import Steps

CONTRASTED = 2048  # users or artists a step, drawn at random: the loss compares every two of them


def perturbed_layers(graph: SparseMatrix, embedding: Tensor, layers: int, noise: float) -> list[Tensor]:
    """Each layer (N, D); a node's row is moved by a random vector of length `noise`, which keeps its signs (eq.
    3)."""
    perturbed = []
    for _ in range(layers):
        embedding = graph @ embedding
        if noise:
            moved = torch.rand_like(embedding, device="cpu").to(embedding.device)
            embedding = embedding + torch.sign(embedding) * normalize(moved, dim=1) * noise
        perturbed.append(embedding)
    return perturbed


def contrast(one: Tensor, other: Tensor, temperature: float) -> Tensor:
    """InfoNCE of two views (n, D) of the same nodes: each row of `one` must be nearest to its own row of `other`."""
    likeness = normalize(one, dim=1) @ normalize(other, dim=1).T / temperature
    return cross_entropy(likeness, torch.arange(len(one), device=one.device))


@dataclass(frozen=True)
class Settings(EmbeddingSettings):
    """noise: length of the vectors that move a row; temperature, contrast_weight: of the contrastive loss."""

    noise: float
    temperature: float
    contrast_weight: float


def fit(problem: RankingProblem, settings: Settings, seed: int) -> Steps:
    """Yields (step, (U, A)). Nodes without a listen are not contrasted. Memory and time: expect_embeddings."""
    expect_embeddings(problem, settings)
    listens = problem.listens
    users = listens.shape[0]
    degree = np.concatenate([np.diff(listens.indptr), np.bincount(listens.indices, minlength=listens.shape[1])])
    nodes = torch.from_numpy(np.flatnonzero(degree)).to(resolve(problem.device))
    sides = nodes[nodes < users], nodes[nodes >= users]

    def propagate(graph: SparseMatrix, embedding: Tensor) -> Tensor:
        return torch.stack(perturbed_layers(graph, embedding, settings.layers, 0)).mean(0)

    def training_loss(graph: SparseMatrix, embedding: Tensor) -> tuple[Tensor, Tensor]:
        perturbed = perturbed_layers(graph, embedding, settings.layers, settings.noise)
        final = torch.stack(perturbed).mean(0)
        drawn = [some[torch.randperm(len(some))[:CONTRASTED].to(some.device)] for some in sides]
        losses = [contrast(final[some], perturbed[0][some], settings.temperature) for some in drawn]
        return final, settings.contrast_weight * (losses[0] + losses[1])

    return learn(problem, settings, seed, propagate, training_loss)
