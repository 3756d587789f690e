"""Embeddings of users and artists that travel over the user-artist graph, taught on pairs of artists (BPR; Rendle et
al., UAI 2009): what LightGCN and its successors share."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor, nn

from lastfm_gnn.core.device import resolve
from lastfm_gnn.core.optimisers import Adam
from lastfm_gnn.core.sparse import SparseMatrix
from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.scores import Factors, Steps
from lastfm_gnn.ranking.weights import binary, listeners, scale_artists, scale_users

EVERY = 20  # steps between two scores
LISTEN = 280  # bytes, measured
PAIRS = 1 << 20  # of a step, at most: what is read of them grows with the data otherwise


@dataclass(frozen=True)
class EmbeddingSettings:
    """dimensions of an embedding; layers: steps over the graph; the rest is of the training."""

    dimensions: int
    layers: int
    learning_rate: float
    weight_decay: float
    steps: int


def normalised(listens: sp.csr_array, device: torch.device) -> SparseMatrix:
    """(U + A, U + A): 1 / √(degree · degree) for every listen, both ways; plays do not count."""
    degree = np.maximum(np.diff(listens.indptr), 1)
    half = scale_users(scale_artists(binary(listens), listeners(listens) ** -0.5), degree**-0.5)
    return SparseMatrix(sp.block_array([[None, half], [half.T, None]]), device)


def expect_embeddings(problem: RankingProblem, settings: EmbeddingSettings) -> None:
    """Raises InputError where a training has no room.

    Memory: LISTEN bytes a listen, while the graph is built; and arrays of numbers of 4 bytes, as wide as the
    embedding, of users and artists (6, and 5 for each layer) and of the pairs of a step (6, of at most PAIRS pairs).
    Time: a step grows with (layers · n + U + A) · dimensions, and with its pairs.
    """
    pairs = problem.listens.nnz
    rows = 6 * min(pairs, PAIRS) + (6 + 5 * settings.layers) * sum(problem.listens.shape)
    needed = LISTEN * pairs + 4 * settings.dimensions * rows
    problem.expect_bytes(needed, "take popularity, als or bpr, which need less, or fewer dimensions")


def learn(
    problem: RankingProblem,
    settings: EmbeddingSettings,
    seed: int,
    propagate: Callable[[SparseMatrix, Tensor], Tensor],
    training_loss: Callable[[SparseMatrix, Tensor], tuple[Tensor, Tensor]] | None = None,
) -> Steps:
    """Yields (step, scores) every EVERY steps of Adam, each over all training pairs with a new random artist beside
    each; where there are more than PAIRS, over so many random ones.

    propagate: embeddings (U + A, D), users first, from what is learned (U + A, D). training_loss: the same in
    training, if it differs, and what is added to the loss.
    """
    torch.manual_seed(seed)
    listens, device = problem.listens, resolve(problem.device)
    users, artists = listens.shape
    graph = normalised(listens, device)
    user, liked = (torch.from_numpy(part.astype(np.int64)).to(device) for part in listens.nonzero())
    embedding = nn.Parameter((0.1 * torch.randn(users + artists, settings.dimensions)).to(device))
    optimiser = Adam([embedding], lr=settings.learning_rate, fused=True)
    for step in range(1, settings.steps + 1):
        vectors, more = (
            training_loss(graph, embedding)
            if training_loss
            else (propagate(graph, embedding), torch.zeros((), device=device))
        )
        if len(user) > PAIRS:
            pairs = torch.randint(len(user), (PAIRS,)).to(device)
            some_user, some_liked = user[pairs], liked[pairs]
        else:
            some_user, some_liked = user, liked
        of_user, of_liked = vectors.index_select(0, some_user), vectors.index_select(0, users + some_liked)
        other = users + torch.randint(artists, (len(some_user),)).to(device)
        better = (of_user * of_liked).sum(1) - (of_user * vectors.index_select(0, other)).sum(1)
        size = (embedding[some_user] ** 2).sum(1).mean() + (embedding[users + some_liked] ** 2).sum(1).mean()
        loss = nn.functional.softplus(-better).mean() + settings.weight_decay / 2 * size + more
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % EVERY == 0 or step == settings.steps:
            with torch.no_grad():
                vectors = propagate(graph, embedding).cpu()
                yield step, Factors(vectors[:users].numpy(), vectors[users:].numpy())
