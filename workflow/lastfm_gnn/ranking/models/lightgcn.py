"""Graph network: LightGCN (He et al., SIGIR 2020): embeddings that travel over the user-artist graph, nothing
else."""

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp
from torch import Tensor

from lastfm_gnn.core.sparse import SparseMatrix
from lastfm_gnn.data.listens import Side
from lastfm_gnn.ranking.embeddings import learn


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
) -> Iterator[tuple[int, np.ndarray]]:
    """Yields (step, (U, A)). With 0 layers, these are the factors of BPR itself (Rendle et al., UAI 2009)."""
    return learn(
        listens,
        seed,
        dimensions,
        learning_rate,
        weight_decay,
        steps,
        lambda graph, embedding: mean_of_layers(graph, embedding, layers),
    )
