"""A second stage on diffused taste: an MLP of what surroundings like, near and far.

The walks are computed before and nothing about them is learned, so that this is no graph network.
"""

import numpy as np
import torch
from torch import Tensor, nn

from lastfm_gnn.asia.taste import diffuse
from lastfm_gnn.asia.users import Part, UserInputs

BATCH = 64
STEP = 10.0  # along a direction of taste, which is of length 1 over all artists


class TasteNetwork(nn.Module):
    """Log-odds (B, A) = base (A,) + MLP(inputs (B, F)); its last layer starts as the directions of taste (d, A)."""

    def __init__(self, inputs: int, hidden: int, directions: Tensor, base: Tensor, dropout: float):
        super().__init__()
        self.mlp = nn.Sequential(
            nn.Dropout(dropout / 2),
            nn.Linear(inputs, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, len(directions)),
            nn.Linear(*directions.shape),
        )
        nn.init.zeros_(self.mlp[-2].weight)
        nn.init.zeros_(self.mlp[-2].bias)
        nn.init.zeros_(self.mlp[-1].bias)
        with torch.no_grad():
            self.mlp[-1].weight.copy_(STEP * directions.T)
        self.register_buffer("base", base)

    def forward(self, inputs: Tensor) -> Tensor:
        return self.base + self.mlp(inputs)


def scores(
    users: UserInputs,
    known: Part,
    rows: np.ndarray,
    dimensions: int,
    hidden: int,
    dropout: float,
    learning_rate: float,
    weight_decay: float,
    hidden_share: float,
    epochs: int,
    members: int,
) -> np.ndarray:
    """(R, A) for users `rows` (R,) from the likes of others: the mean of so many members.

    Every epoch hides the lists of a random share of the known, `hidden_share` at most, from all inputs.
    """
    around = diffuse(users.graph, users.embedding, known, rows, dimensions)
    likes = torch.from_numpy(known.likes.toarray())
    count = len(likes)
    to_score = torch.from_numpy(around.inputs()[count:])
    directions = torch.from_numpy(around.directions)
    base = torch.logit(likes.mean(0), eps=1e-4)
    total = torch.zeros(len(rows), likes.shape[1])
    for seed in range(members):
        torch.manual_seed(seed)
        network = TasteNetwork(to_score.shape[1], hidden, directions, base, dropout)
        optimiser = torch.optim.AdamW(network.parameters(), lr=learning_rate, weight_decay=weight_decay, fused=True)
        steps = epochs * -(-count // BATCH)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, learning_rate, total_steps=steps)
        network.train()
        for _ in range(epochs):
            is_hidden = torch.rand(count) < hidden_share * torch.rand(1)
            inputs = torch.from_numpy(around.inputs(is_hidden.numpy())[:count])
            for batch in torch.randperm(count).split(BATCH):
                loss = nn.functional.binary_cross_entropy_with_logits(network(inputs[batch]), likes[batch])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()
        network.eval()
        with torch.no_grad():
            total += torch.sigmoid(network(to_score))
    return (total / members).numpy()
