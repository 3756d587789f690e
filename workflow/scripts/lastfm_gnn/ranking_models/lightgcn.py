"""Graph model: LightGCN (He et al., SIGIR 2020): embeddings that travel over the user-artist graph, nothing else."""

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor, nn

from lastfm_gnn.listen_data import Side
from lastfm_gnn.ranking_parts import binary, listeners, scale_artists, scale_users
from lastfm_gnn.sparse import SparseMatrix


def mean_of_layers(graph: SparseMatrix, embedding: Tensor, layers: int) -> Tensor:
    """Eq. 8 with equal weights: the mean of embedding (N, D) before and after each of so many steps."""
    total = embedding
    for _ in range(layers):
        embedding = graph @ embedding
        total = total + embedding
    return total / (layers + 1)


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
) -> np.ndarray:
    """(U, A) after `steps` steps of the pairwise loss (BPR), each over all training pairs with new negatives.

    With 0 layers, these are the factors of BPR itself (Rendle et al., UAI 2009).
    """
    torch.manual_seed(seed)
    users, artists = listens.shape
    degree = np.maximum(np.diff(listens.indptr), 1)
    normal = scale_users(scale_artists(binary(listens), listeners(listens) ** -0.5), degree**-0.5)
    graph = SparseMatrix(sp.block_array([[None, normal], [normal.T, None]]))
    user, liked = (torch.from_numpy(part.astype(np.int64)) for part in listens.nonzero())
    embedding = nn.Parameter(0.1 * torch.randn(users + artists, dimensions))
    optimiser = torch.optim.Adam([embedding], lr=learning_rate, fused=True)
    for _ in range(steps):
        found = mean_of_layers(graph, embedding, layers)
        of_user, of_liked = found.index_select(0, user), found.index_select(0, users + liked)
        other = users + torch.randint(artists, (len(user),))
        better = (of_user * of_liked).sum(1) - (of_user * found.index_select(0, other)).sum(1)
        size = (embedding[user] ** 2).sum(1).mean() + (embedding[users + liked] ** 2).sum(1).mean()
        loss = nn.functional.softplus(-better).mean() + weight_decay / 2 * size
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        found = mean_of_layers(graph, embedding, layers)
        return (found[:users] @ found[users:].T).numpy()
