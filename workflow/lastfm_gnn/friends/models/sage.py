"""Graph model: GraphSAGE (Hamilton et al., 2017) over free embeddings; a dot product and the degrees decode them."""

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor, nn

from lastfm_gnn.core.members import mean_of_members
from lastfm_gnn.core.sparse import SparseMatrix
from lastfm_gnn.data.friendships import FriendGraph
from lastfm_gnn.friends.hiding import rounds


def mean_over_friends(graph: FriendGraph) -> SparseMatrix:
    return SparseMatrix(sp.diags_array(1 / np.maximum(graph.degree, 1)) @ graph.adjacency)


class Sage(nn.Module):
    """An embedding a user, `layers` of W h_i + V mean_j h_j with ReLU between; a bias from the log degree."""

    def __init__(self, users: int, width: int, layers: int, dropout: float):
        super().__init__()
        self.embedding = nn.Parameter(0.1 * torch.randn(users, width))
        self.own = nn.ModuleList([nn.Linear(width, width) for _ in range(layers)])
        self.near = nn.ModuleList([nn.Linear(width, width, bias=False) for _ in range(layers)])
        self.dropout = nn.Dropout(dropout)
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


def fit_and_score(
    graph: FriendGraph,
    pairs: np.ndarray,
    seed: int,
    width: int,
    layers: int,
    dropout: float,
    learning_rate: float,
    weight_decay: float,
    steps: int,
    folds: int,
    share: float,
    negatives: int,
) -> np.ndarray:
    """Logits (P,) for pairs (P, 2), the same from both ends. Every step takes the softmax loss of the friendships
    hidden in one fold, against random users, from both ends."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    n = len(graph.degree)

    def log_degree(graph: FriendGraph) -> Tensor:
        return torch.from_numpy(np.log(np.maximum(graph.degree, 1))).float()

    taught = []
    for shown, hidden in rounds(graph, folds, share, random):
        user, friend = (torch.from_numpy(end.astype(np.int64)) for end in hidden.nonzero())
        taught.append((mean_over_friends(shown), log_degree(shown), user, friend))
    network = Sage(n, width, layers, dropout)
    optimiser = torch.optim.AdamW(network.parameters(), lr=learning_rate, weight_decay=weight_decay)
    for step in range(steps):
        mean, degree, user, friend = taught[step % folds]
        others = torch.randint(n, (len(user), negatives))
        h = network(mean)
        candidates = torch.cat([friend[:, None], others], dim=1)
        logits = network.decode(h, degree, user[:, None], candidates)
        loss = nn.functional.cross_entropy(logits, torch.zeros(len(user), dtype=torch.int64))
        pointwise = nn.functional.softplus(-logits[:, 0]).mean() + nn.functional.softplus(logits[:, 1:]).mean()
        loss = loss + 0.1 * pointwise
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    network.eval()
    with torch.no_grad():
        h, degree = network(mean_over_friends(graph)), log_degree(graph)
        parts = torch.from_numpy(pairs.copy()).split(1 << 16)
        return torch.cat([network.decode(h, degree, *part.T) for part in parts]).numpy()


def scores(
    graph: FriendGraph,
    pairs: np.ndarray,
    seed: int,
    *,
    width: int,
    layers: int,
    dropout: float,
    learning_rate: float,
    weight_decay: float,
    steps: int,
    folds: int,
    share: float,
    negatives: int,
    members: int,
) -> np.ndarray:
    """Logits (P,) for pairs (P, 2), the mean of so many networks."""
    shape, training = (width, layers, dropout), (learning_rate, weight_decay, steps)
    taught = (folds, share, negatives)
    return mean_of_members(
        lambda number: fit_and_score(graph, pairs, number, *shape, *training, *taught), seed, members
    )
