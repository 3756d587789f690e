"""A second stage on diffused taste: an MLP of what surroundings like, near and far.

The walks are computed before and nothing about them is learned, so that this is no graph network.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from lastfm_gnn.asia.problems import ArtistProblem
from lastfm_gnn.asia.taste import diffuse
from lastfm_gnn.core.device import resolve
from lastfm_gnn.core.dropout import Dropout
from lastfm_gnn.core.members import member_seeds
from lastfm_gnn.core.optimisers import AdamW

BATCH = 64
STEP = 10.0  # along a direction of taste, which is of length 1 over all artists


@dataclass(frozen=True)
class Settings:
    """dimensions: of taste; hidden, dropout: of the MLP; hidden_share: see fit(); members: networks, whose mean
    counts. The rest is of the training."""

    dimensions: int
    hidden: int
    dropout: float
    learning_rate: float
    weight_decay: float
    hidden_share: float
    epochs: int
    members: int


class TasteNetwork(nn.Module):
    """Log-odds (B, A) = base (A,) + MLP(inputs (B, F)); its last layer starts as the directions of taste (d, A)."""

    base: Tensor

    def __init__(self, inputs: int, hidden: int, directions: Tensor, base: Tensor, dropout: float):
        super().__init__()
        self.mlp = nn.Sequential(
            Dropout(dropout / 2),
            nn.Linear(inputs, hidden),
            nn.ReLU(),
            Dropout(dropout),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            Dropout(dropout),
            nn.Linear(hidden, len(directions)),
            nn.Linear(*directions.shape),
        )
        nn.init.zeros_(self.mlp[-2].get_parameter("weight"))
        nn.init.zeros_(self.mlp[-2].get_parameter("bias"))
        nn.init.zeros_(self.mlp[-1].get_parameter("bias"))
        with torch.no_grad():
            self.mlp[-1].get_parameter("weight").copy_(STEP * directions.T)
        self.register_buffer("base", base)

    def forward(self, inputs: Tensor) -> Tensor:
        return self.base + self.mlp(inputs)


def fit(problem: ArtistProblem, settings: Settings, seed: int) -> np.ndarray:
    """(R, A), the mean of the networks'.

    Every epoch hides the lists of a random share of the known, `hidden_share` at most, from all inputs.
    """
    around, device = diffuse(problem, settings.dimensions), resolve(problem.device)
    likes = torch.from_numpy(problem.known.likes.toarray()).to(device)
    count = len(likes)
    to_score = torch.from_numpy(around.inputs()[count:]).to(device)
    directions = torch.from_numpy(around.directions)
    base = torch.logit(likes.mean(0), eps=1e-4).cpu()
    total = torch.zeros(len(problem.rows), likes.shape[1], device=device)
    for number in member_seeds(seed, settings.members):
        torch.manual_seed(number)
        network = TasteNetwork(to_score.shape[1], settings.hidden, directions, base, settings.dropout).to(device)
        optimiser = AdamW(
            network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True
        )
        steps = settings.epochs * -(-count // BATCH)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, settings.learning_rate, total_steps=steps)
        network.train()
        for _ in range(settings.epochs):
            is_hidden = torch.rand(count) < settings.hidden_share * torch.rand(1)
            inputs = torch.from_numpy(around.inputs(is_hidden.numpy())[:count]).to(device)
            for batch in torch.randperm(count).to(device).split(BATCH):
                loss = nn.functional.binary_cross_entropy_with_logits(network(inputs[batch]), likes[batch])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()
        network.eval()
        with torch.no_grad():
            total += torch.sigmoid(network(to_score))
    return (total / settings.members).cpu().numpy()
