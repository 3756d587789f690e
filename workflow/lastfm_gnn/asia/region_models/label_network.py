"""A network that sees its neighbours' labels, taught on hidden ones (Shi et al., "Masked Label Prediction", 2021).

Every epoch shows a random share of the known labels, which travel over the graph, and takes the loss on the rest.
The scores then travel over the graph themselves, by learned weights (Chien et al., GPR-GNN, ICLR 2021).
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from lastfm_gnn.asia.problems import RegionProblem
from lastfm_gnn.core.dropout import Dropout
from lastfm_gnn.core.members import member_seeds
from lastfm_gnn.core.sparse import SparseMatrix
from lastfm_gnn.data.friendships import one_hot


@dataclass(frozen=True)
class Settings:
    """hidden, dropout: of the MLP; steps: of its scores over the graph; members: networks, whose mean counts. The
    rest is of the training."""

    hidden: int
    steps: int
    dropout: float
    learning_rate: float
    weight_decay: float
    epochs: int
    members: int


class LabelNetwork(nn.Module):
    """MLP of (N, dimensions + 2 · classes), plus the log of propagated labels, then Σ_k γ_k S^k over `steps` k."""

    def __init__(self, symmetric: SparseMatrix, inputs: int, classes: int, settings: Settings):
        super().__init__()
        hidden, dropout = settings.hidden, settings.dropout
        self.symmetric = symmetric
        self.mlp = nn.Sequential(
            Dropout(dropout),
            nn.Linear(inputs + 2 * classes, hidden),
            nn.ReLU(),
            Dropout(dropout),
            nn.Linear(hidden, classes),
        )
        self.trust = nn.Parameter(torch.tensor(1.0))
        self.gamma = nn.Parameter(0.3 * 0.7 ** torch.arange(settings.steps + 1.0))

    def forward(self, embedding: Tensor, shown: Tensor) -> Tensor:
        """Logits (N, classes) from embedding (N, D) and the shown labels, one-hot (N, classes)."""
        with torch.no_grad():
            near = self.symmetric @ shown
            far = shown
            for _ in range(20):
                far = 0.7 * (self.symmetric @ far) + 0.3 * shown
            far = far - 0.3 * shown  # what came from others
            near, far = (labels / (labels.sum(1, keepdim=True) + 1e-3) for labels in (near, far))
        h = self.mlp(torch.cat([embedding, near, far], dim=1)) + self.trust * torch.log(far + 1e-3)
        total = self.gamma[0] * h
        for weight in self.gamma[1:]:
            h = self.symmetric @ h
            total = total + weight * h
        return total


def fit(problem: RegionProblem, settings: Settings, seed: int) -> np.ndarray:
    """Probabilities (N, classes), the mean of the networks'."""
    labels = problem.labels
    inputs = (problem.embedding - problem.embedding.mean(0)) / problem.embedding.std(0)
    embedding, hot = torch.from_numpy(inputs), torch.from_numpy(one_hot(labels, problem.classes)).float()
    symmetric = SparseMatrix(problem.graph.symmetric)
    known, target = torch.from_numpy(np.flatnonzero(labels >= 0)), torch.from_numpy(labels)
    total = torch.zeros(len(labels), problem.classes)
    for number in member_seeds(seed, settings.members):
        torch.manual_seed(number)
        network = LabelNetwork(symmetric, inputs.shape[1], problem.classes, settings)
        optimiser = torch.optim.AdamW(
            network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        for _ in range(settings.epochs):
            hidden_share = 0.05 + 0.45 * torch.rand(1)
            hide = known[torch.rand(len(known)) < hidden_share]
            shown = hot.index_fill(0, hide, 0)
            network.train()
            logits = network(embedding, shown)
            loss = nn.functional.cross_entropy(logits[hide], target[hide])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        network.eval()
        with torch.no_grad():
            total += torch.softmax(network(embedding, hot), dim=1)
    return (total / settings.members).double().numpy()
