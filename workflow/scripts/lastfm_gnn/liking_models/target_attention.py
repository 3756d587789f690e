"""Graph model: a pair attends over its user's other artists and its artist's other users.

The weight of a neighbour is exp(MLP) of how near it is to the pair, its value a residual; a constant in the
denominator shrinks the sum where neighbours are few. This is a softmax with one more, silent neighbour.
"""

import torch
from torch import Tensor, nn

from lastfm_gnn.liking_models import Fitted, LikingProblem
from lastfm_gnn.liking_networks import Around, Batch, Decoder, fit_networks, mlp


class Attention(nn.Module):
    """heads: each with weights of its own."""

    def __init__(self, features: int, values: int, heads: int, hidden: int):
        super().__init__()
        self.heads = heads
        self.logits = mlp(features, hidden, heads)
        self.value = nn.Linear(values, heads)
        self.silent = nn.Parameter(torch.zeros(heads))

    def forward(self, around: Around, of_edges: Tensor, pairs: int) -> Tensor:
        """(T, 2 heads): the means, and the logs of the sums of the weights."""
        weight = self.logits(around.features).clamp(-8, 5).exp()
        told = torch.cat([weight, weight * self.value(of_edges)[around.edge]], 1)
        total, value = told.new_zeros(pairs, 2 * self.heads).index_add_(0, around.pair, told).chunk(2, 1)
        total = total + self.silent.exp()
        return torch.cat([value / total, total.log()], 1)


class TargetAttention(nn.Module):
    def __init__(self, example: Batch, heads: int, kernels: bool, hidden: int, dropout: float):
        super().__init__()
        self.kernels = kernels
        self.user, self.artist = (
            Attention(around.features.shape[1], example.edge_features.shape[1], heads, 4 * heads)
            for around in (example.of_user, example.of_artist)
        )
        self.decoder = Decoder(example.of_pairs(kernels).shape[1] + 4 * heads, hidden, dropout)

    def forward(self, batch: Batch) -> Tensor:
        """Liking (T,)."""
        pairs = len(batch.base)
        inputs = [
            batch.of_pairs(self.kernels),
            self.user(batch.of_user, batch.edge_features, pairs),
            self.artist(batch.of_artist, batch.edge_features, pairs),
        ]
        return self.decoder(batch, torch.cat(inputs, 1))


def fit(
    problem: LikingProblem,
    seed: int,
    heads: int,
    kernels: int,
    hidden: int,
    dropout: float,
    steps: int,
    learning_rate: float,
    weight_decay: float,
    members: int,
    trained: dict | None = None,
) -> Fitted:
    return fit_networks(
        lambda example: TargetAttention(example, heads, bool(kernels), hidden, dropout),
        problem,
        seed,
        members,
        trained,
        neighbours=True,
        steps=steps,
        learning_rate=learning_rate,
        weight_decay=weight_decay,
    )
