"""A graph network that weighs its hops anew for every user, after GAMLP (Zhang et al., KDD 2022).

Places in the graph and, where lists are known, their latent semantic analysis are averaged over 0 to `hops` steps of
the graph; each user's attention says how much every step counts. Labels travel the same steps; they are shown, and
others hidden, as hidden_labels has it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from lastfm_gnn.asia.hidden_labels import Rows, Sight, fit_networks
from lastfm_gnn.asia.problems import RegionProblem
from lastfm_gnn.asia.region_models.own_list import listed_directions
from lastfm_gnn.core.device import resolve
from lastfm_gnn.core.dropout import Dropout
from lastfm_gnn.core.sparse import SparseMatrix

LIST_DIRECTIONS = 64


@dataclass(frozen=True)
class Settings:
    """hops: steps over the graph; members: networks, whose mean counts. The rest is of the MLP and its training."""

    hops: int
    hidden: int
    dropout: float
    learning_rate: float
    weight_decay: float
    epochs: int
    members: int


class HopAttention(nn.Module):
    """Logits (N, classes) = MLP(Σ_k attention_k W x_k, Σ_k share_k y_k) + trust · log(Σ_k share_k y_k)."""

    def __init__(self, inputs: int, classes: int, settings: Settings):
        super().__init__()
        hops, hidden, dropout = settings.hops, settings.hidden, settings.dropout
        self.into = nn.Sequential(Dropout(dropout / 2), nn.Linear(inputs, hidden))
        self.of_hop, self.of_user = nn.Linear(hidden, 1), nn.Linear(hidden, hops + 1)
        self.share = nn.Parameter(torch.zeros(hops))
        self.mlp = nn.Sequential(
            Dropout(dropout),
            nn.Linear(hidden + classes, hidden),
            nn.ReLU(),
            Dropout(dropout),
            nn.Linear(hidden, classes),
        )
        self.trust = nn.Parameter(torch.tensor(1.0))

    def forward(self, features: Tensor, labels: Tensor) -> Tensor:
        """features (hops + 1, N, F), from the user's own on; labels (hops, N, classes), from the friends' on."""
        x = self.into(features)
        attention = torch.softmax(nn.functional.leaky_relu(self.of_hop(x)[..., 0] + self.of_user(x[0]).T, 0.2), dim=0)
        near = (torch.softmax(self.share, dim=0)[:, None, None] * labels).sum(0)
        h = torch.cat([torch.relu((attention[..., None] * x).sum(0)), near], dim=1)
        return self.mlp(h) + self.trust * torch.log(near + 1e-2)


def user_features(problem: RegionProblem) -> np.ndarray:
    """(N, D), scaled: places in the graph and, of known lists, the main directions; zeros where a list is unknown."""
    places = (problem.embedding - problem.embedding.mean(0)) / problem.embedding.std(0)
    if problem.likes is None:
        return places
    listed = problem.likes.sum(1) > 0
    lists = np.zeros((len(places), LIST_DIRECTIONS), dtype=np.float32)
    directions = listed_directions(problem.likes[listed], LIST_DIRECTIONS)
    lists[listed, : directions.shape[1]] = directions
    return np.hstack([places, lists])


def steps_of(symmetric: SparseMatrix, start: Tensor, hops: int) -> Tensor:
    """(hops + 1, N, C): S^k start."""
    steps = [start]
    for _ in range(hops):
        steps.append(symmetric @ steps[-1])
    return torch.stack(steps)


def hidden(count: int) -> Tensor:
    """Which of so many labels an epoch hides: a random share of them."""
    return torch.rand(count) < 0.05 + 0.45 * torch.rand(1)


def fit_many(problems: Sequence[RegionProblem], candidates: Sequence[Settings], seed: int) -> list[list[np.ndarray]]:
    """Probabilities (N, classes), the mean of the networks', of each problem by each settings."""
    one, device = problems[0], resolve(problems[0].device)
    symmetric = SparseMatrix(one.graph.symmetric, device)
    start = torch.from_numpy(user_features(one)).float().to(device)

    def make(settings: Settings) -> HopAttention:
        return HopAttention(start.shape[1], one.classes, settings)

    def sight(settings: Settings) -> Sight:
        features = steps_of(symmetric, start, settings.hops)
        features = features / features.flatten(1).std(1)[:, None, None]

        def see(shown: Tensor, rows: Rows) -> tuple[Tensor, Tensor]:
            labels = steps_of(symmetric, shown, settings.hops)[1:]
            labels = labels / (labels.sum(2, keepdim=True) + 1e-3)
            return features[:, rows], labels[:, rows]

        return see

    return fit_networks(problems, candidates, seed, make, sight, hidden)


def fit(problem: RegionProblem, settings: Settings, seed: int) -> np.ndarray:
    """Probabilities (N, classes), the mean of the networks'."""
    return fit_many([problem], [settings], seed)[0][0]
