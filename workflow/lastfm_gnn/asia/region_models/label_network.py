"""A network that sees its neighbours' labels, taught on hidden ones (Shi et al., "Masked Label Prediction", 2021).

Labels are shown, and others hidden, as hidden_labels has it. The scores then travel over the graph themselves, by
learned weights (Chien et al., GPR-GNN, ICLR 2021).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from lastfm_gnn.asia.hidden_labels import Rows, fit_networks
from lastfm_gnn.asia.problems import RegionProblem
from lastfm_gnn.core.device import resolve
from lastfm_gnn.core.dropout import Dropout
from lastfm_gnn.core.sparse import SparseMatrix


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

    def forward(self, inputs: Tensor, trusted: Tensor, rows: Rows) -> Tensor:
        """Logits (R, classes) of rows (R,). inputs (N, D + 2 · classes): embedding, near and far labels; trusted (N,
        classes): the log of the far ones."""
        h = self.mlp(inputs) + self.trust * trusted
        total = self.gamma[0] * h
        for weight in self.gamma[1:]:
            h = self.symmetric @ h
            total = total + weight * h
        return total[rows]


def near_and_far(symmetric: SparseMatrix, shown: Tensor) -> tuple[Tensor, Tensor]:
    """(N, classes) each, rows of sum 1: labels of friends, and those that come from far, from one-hot shown (N,
    classes)."""
    near, far = symmetric @ shown, shown
    for _ in range(20):
        far = 0.7 * (symmetric @ far) + 0.3 * shown
    far = far - 0.3 * shown  # what came from others
    near, far = (labels / (labels.sum(1, keepdim=True) + 1e-3) for labels in (near, far))
    return near, far


def hidden(count: int) -> Tensor:
    """Which of so many labels an epoch hides: a random share of them."""
    share = 0.05 + 0.45 * torch.rand(1)
    return torch.rand(count) < share


def fit_many(problems: Sequence[RegionProblem], candidates: Sequence[Settings], seed: int) -> list[list[np.ndarray]]:
    """Probabilities (N, classes), the mean of the networks', of each problem by each settings."""
    one = problems[0]
    inputs = (one.embedding - one.embedding.mean(0)) / one.embedding.std(0)
    device = resolve(one.device)
    embedding, symmetric = torch.from_numpy(inputs).to(device), SparseMatrix(one.graph.symmetric, device)

    def make(settings: Settings) -> LabelNetwork:
        return LabelNetwork(symmetric, inputs.shape[1], one.classes, settings)

    def see(shown: Tensor, rows: Rows) -> tuple[Tensor, Tensor, Rows]:
        near, far = near_and_far(symmetric, shown)
        return torch.cat([embedding, near, far], dim=1), torch.log(far + 1e-3), rows

    return fit_networks(problems, candidates, seed, make, lambda settings: see, hidden)


def fit(problem: RegionProblem, settings: Settings, seed: int) -> np.ndarray:
    """Probabilities (N, classes), the mean of the networks'."""
    return fit_many([problem], [settings], seed)[0][0]
