"""A network that ranks each user's candidates, taught on hidden training edges.

Memory: arrays (U, A) and (U, U), and the features of all candidates. Time: U³ for each fold of hidden edges, by the
models and filters that describe candidates; then an epoch grows with U · candidates. With many users, without walks:
rivals.py.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from lastfm_gnn.core.device import resolve
from lastfm_gnn.core.dropout import Dropout
from lastfm_gnn.core.members import member_seeds
from lastfm_gnn.core.optimisers import AdamW
from lastfm_gnn.ranking.lists import Lists, of_candidates
from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.scores import ByUsers

BATCH = 64
SCORED = 1 << 12  # users at a time


@dataclass(frozen=True)
class RankerSettings:
    """candidates: of a user; folds: of hidden edges to learn from; hidden, dropout: of the network; members:
    networks, whose mean counts. The rest is of the training."""

    candidates: int
    folds: int
    hidden: int
    dropout: float
    learning_rate: float
    weight_decay: float
    epochs: int
    members: int


class Ranker(nn.Module):
    """Scores (B, C) from what arrives (B, C, F): linear + MLP, of which the latter starts from nothing."""

    def __init__(self, inputs: int, hidden: int, dropout: float):
        super().__init__()
        self.linear = nn.Linear(inputs, 1)
        self.mlp = nn.Sequential(
            nn.Linear(inputs, hidden),
            nn.SiLU(),
            Dropout(dropout),
            nn.Linear(hidden, hidden),
            nn.SiLU(),
            nn.Linear(hidden, 1),
        )
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.mlp[-1].get_parameter("weight"))

    def forward(self, inputs: Tensor) -> Tensor:
        return (self.linear(inputs) + self.mlp(inputs)).squeeze(2)


def learn(lists: Lists, settings: RankerSettings, seed: int, problem: RankingProblem) -> ByUsers:
    """(U, A): scores of each user's candidates; others are all alike, below."""
    inputs, features = lists.inputs, lists.features
    mean, spread = inputs.mean((0, 1), dtype=np.float64), inputs.std((0, 1), dtype=np.float64) + 1e-6
    device = resolve(problem.device)

    def standardised(part: np.ndarray) -> Tensor:
        return torch.from_numpy(((part - mean) / spread).astype(np.float32)).to(device)

    x, y = standardised(inputs), torch.from_numpy(lists.targets).float().to(device)
    total = np.zeros(lists.candidates.shape, dtype=np.float32)
    for number in member_seeds(seed, settings.members):
        torch.manual_seed(number)
        network = train(x, y, settings)
        for start in range(0, len(total), SCORED):
            rows = slice(start, start + SCORED)
            with torch.no_grad():
                total[rows] += torch.log_softmax(network(standardised(features[rows])), dim=1).cpu().numpy()
    return of_candidates(lists.candidates, total, problem.listens.shape[1])


def train(x: Tensor, y: Tensor, settings: RankerSettings) -> Ranker:
    """From lists x (L, C, F) of which y (L, C) is hidden."""
    network = Ranker(x.shape[2], settings.hidden, settings.dropout).to(x.device)
    rate, steps = settings.learning_rate, settings.epochs * -(-len(x) // BATCH)
    optimiser = AdamW(network.parameters(), rate, weight_decay=settings.weight_decay, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps)
    network.train()
    for _ in range(settings.epochs):
        for batch in torch.randperm(len(x)).to(x.device).split(BATCH):
            loss = -(torch.log_softmax(network(x[batch]), dim=1) * y[batch]).sum() / y[batch].sum()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return network.eval()
