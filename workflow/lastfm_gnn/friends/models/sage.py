"""Graph model: GraphSAGE (Hamilton et al., 2017) over free embeddings; a dot product and the degrees decode them."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor, nn

from lastfm_gnn.core.device import resolve
from lastfm_gnn.core.dropout import Dropout
from lastfm_gnn.core.members import mean_of_members
from lastfm_gnn.core.optimisers import AdamW
from lastfm_gnn.core.sparse import SparseMatrix
from lastfm_gnn.data.friendships import FriendGraph
from lastfm_gnn.friends.hiding import HidingSettings, rounds
from lastfm_gnn.friends.problem import FriendProblem


@dataclass(frozen=True)
class Settings(HidingSettings):
    """width: of a state; layers: of messages; members: networks, whose mean counts."""

    width: int
    layers: int
    dropout: float
    learning_rate: float
    weight_decay: float
    steps: int
    members: int


def mean_over_friends(graph: FriendGraph, device: torch.device) -> SparseMatrix:
    return SparseMatrix(sp.diags_array(1 / np.maximum(graph.degree, 1)) @ graph.adjacency, device)


class Sage(nn.Module):
    """An embedding a user, `layers` of W h_i + V mean_j h_j with ReLU between; a bias from the log degree."""

    def __init__(self, users: int, settings: Settings):
        super().__init__()
        width, layers = settings.width, settings.layers
        self.embedding = nn.Parameter(0.1 * torch.randn(users, width))
        self.own = nn.ModuleList([nn.Linear(width, width) for _ in range(layers)])
        self.near = nn.ModuleList([nn.Linear(width, width, bias=False) for _ in range(layers)])
        self.dropout = Dropout(settings.dropout)
        self.hubs, self.offset = nn.Parameter(torch.tensor(0.5)), nn.Parameter(torch.tensor(-4.0))

    def forward(self, mean: SparseMatrix) -> Tensor:
        """(N, width)."""
        h = self.embedding
        for number, (own, near) in enumerate(zip(self.own, self.near, strict=True)):
            h = self.dropout(torch.relu(h) if number else h)
            h = own(h) + near(mean @ h)
        return h

    def decode(self, h: Tensor, log_degree: Tensor, first: Tensor, second: Tensor) -> Tensor:
        """Logits of users first, second (..., ) of one shape after broadcasting."""
        dot = (h[first] * h[second]).sum(-1)
        return dot + self.hubs * (log_degree[first] + log_degree[second]) + self.offset


def fit_one(problem: FriendProblem, settings: Settings, seed: int) -> np.ndarray:
    """Logits (P,) of one network, the same from both ends. Every step takes the softmax loss of the friendships
    hidden in one fold, against random users, from both ends."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    graph, device = problem.graph, resolve(problem.device)
    n = len(graph.degree)

    def log_degree(graph: FriendGraph) -> Tensor:
        return torch.from_numpy(np.log(np.maximum(graph.degree, 1))).float().to(device)

    taught = []
    for shown, hidden in rounds(graph, settings, random):
        user, friend = (torch.from_numpy(end.astype(np.int64)).to(device) for end in hidden.nonzero())
        taught.append((mean_over_friends(shown, device), log_degree(shown), user, friend))
    network = Sage(n, settings).to(device)
    optimiser = AdamW(network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay)
    for step in range(settings.steps):
        mean, degree, user, friend = taught[step % settings.folds]
        others = torch.randint(n, (len(user), settings.negatives)).to(device)
        h = network(mean)
        candidates = torch.cat([friend[:, None], others], dim=1)
        logits = network.decode(h, degree, user[:, None], candidates)
        loss = nn.functional.cross_entropy(logits, torch.zeros_like(user))
        pointwise = nn.functional.softplus(-logits[:, 0]).mean() + nn.functional.softplus(logits[:, 1:]).mean()
        loss = loss + 0.1 * pointwise
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    network.eval()
    with torch.no_grad():
        h, degree = network(mean_over_friends(graph, device)), log_degree(graph)
        parts = torch.from_numpy(problem.pairs.copy()).to(device).split(1 << 16)
        return torch.cat([network.decode(h, degree, *part.T) for part in parts]).cpu().numpy()


def fit(problem: FriendProblem, settings: Settings, seed: int) -> np.ndarray:
    """Logits (P,), the mean of the networks'. Memory grows with N · width and friendships · share · negatives, time
    with that · steps."""
    return mean_of_members(lambda number: fit_one(problem, settings, number), seed, settings.members)
