"""Graph network: LightGCN (He et al., SIGIR 2020): embeddings that travel over the user-artist graph, nothing
else."""

from torch import Tensor

from lastfm_gnn.core.sparse import SparseMatrix
from lastfm_gnn.ranking.embeddings import EmbeddingSettings, expect_embeddings, learn
from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.scores import Steps


def mean_of_layers(graph: SparseMatrix, embedding: Tensor, layers: int) -> Tensor:
    """Eq. 8 with equal weights: the mean of embedding (N, D) before and after each of so many steps."""
    total = embedding
    for _ in range(layers):
        embedding = graph @ embedding
        total = total + embedding
    return total / (layers + 1)


Settings = EmbeddingSettings


def fit(problem: RankingProblem, settings: Settings, seed: int) -> Steps:
    """Yields (step, (U, A)). With 0 layers, these are the factors of BPR itself (Rendle et al., UAI 2009).

    Memory and time: expect_embeddings."""
    expect_embeddings(problem, settings)

    def propagate(graph: SparseMatrix, embedding: Tensor) -> Tensor:
        return mean_of_layers(graph, embedding, settings.layers)

    return learn(problem, settings, seed, propagate)
