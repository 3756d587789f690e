"""Graph model: a network that passes messages about one user at a time: how every other user looks from there.

Seen from a user, each node's features are walks that start at that user (their length, their PageRank), and both
degrees. One layer sends a learned function of them to the node's friends, so that a candidate knows how near its
friends are: common friends and PageRank are special cases (after the labelling trick of Zhang et al., NeurIPS 2021,
and Zhu et al., NBFNet, NeurIPS 2021). No node has an embedding of its own. Taught on hidden friendships.
"""

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor, nn

from lastfm_gnn.friendships import FriendGraph
from lastfm_gnn.hidden_friends import blocks, rounds
from lastfm_gnn.sparse import SparseMatrix

RESTARTS = (0.5, 0.15, 0.05)  # of the walks: from friends alone to a whole region
STEPS = 20
FEATURES = 17
BLOCK = 64


def _log(visits: Tensor, least: float) -> Tensor:
    """0 without a visit, about 1 with as many as there ever are."""
    return torch.log1p(visits / least) / -np.log(least) * 2


class View:
    """A friendship graph as messages: mean and symmetric sum over friends; node (N, 3): facts about everybody."""

    def __init__(self, graph: FriendGraph):
        degree = np.maximum(graph.degree, 1)
        self.adjacency = graph.adjacency
        self.mean = (sp.diags_array(1 / degree) @ graph.adjacency).tocsr()
        self.symmetric = graph.symmetric
        self.walk = SparseMatrix(graph.symmetric)
        self.rare = SparseMatrix(graph.adjacency @ sp.diags_array(1 / np.log(np.maximum(degree, 2))))
        closed = (graph.adjacency @ graph.adjacency).multiply(graph.adjacency).sum(1)
        clustering = closed / np.maximum(degree * (degree - 1), 1)
        node = np.column_stack([np.log(degree) - 1.5, np.log(self.mean @ degree) - 2.5, clustering])
        self.node = torch.from_numpy(node.astype(np.float32))
        self.root = torch.from_numpy(np.sqrt(degree).astype(np.float32))

    def messages(self, rows: np.ndarray) -> SparseMatrix:
        """(2 R, N): to rows (R,), the mean over their friends, then the symmetric sum."""
        return SparseMatrix(sp.vstack([self.mean[rows], self.symmetric[rows]]))

    @torch.no_grad()
    def look(self, users: np.ndarray) -> Tensor:
        """(N, b, 17): everybody as seen from users (b,)."""
        n, b = len(self.node), len(users)
        start = torch.zeros(n, b)
        start[users, torch.arange(b)] = 1
        friends = torch.from_numpy(self.adjacency[users].toarray().T.astype(np.float32))
        found, walks, visits = start, [], [torch.zeros(n, b) for _ in RESTARTS]
        for step in range(1, STEPS + 1):
            found = self.walk @ found
            if 2 <= step <= 4:
                walks.append(_log(found, 1e-3))
            for total, restart in zip(visits, RESTARTS, strict=True):
                total.add_(found, alpha=restart * (1 - restart) ** step)
        both = self.root[:, None] * self.root[users]
        parts = [start, friends, self.rare @ friends / 3, *walks, *(_log(visit, 1e-6) for visit in visits)]
        parts += [_log(visit * both, 1e-5) for visit in visits[:2]]
        parts += [column[:, None].expand(n, b) for column in self.node.T]
        parts += [column.expand(n, b) for column in self.node[users].T]
        return torch.stack(parts, dim=2)


class WalkNetwork(nn.Module):
    """One layer of messages of `width`, an MLP of `hidden`, and a linear path around them."""

    def __init__(self, width: int, hidden: int, dropout: float):
        super().__init__()
        self.sent = nn.Linear(FEATURES, width)
        self.own, self.received = nn.Linear(FEATURES, hidden), nn.Linear(2 * width, hidden, bias=False)
        self.mlp = nn.Sequential(
            nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 1)
        )
        self.linear = nn.Linear(FEATURES, 1)
        nn.init.zeros_(self.mlp[-1].weight)

    def forward(self, look: Tensor, messages: SparseMatrix, rows: Tensor, place: Tensor, column: Tensor) -> Tensor:
        """Logits (P,) of users rows[place] as seen from those at `column`, of look (N, b, 17); messages to rows."""
        n, b, _ = look.shape
        sent = torch.relu(self.sent(look)).view(n, -1)
        received = (messages @ sent).view(2, len(rows), b, -1)[:, place, column]
        look = look[rows[place], column]
        return (self.mlp(self.own(look) + self.received(torch.cat([*received], dim=1))) + self.linear(look))[:, 0]


def train(
    graph: FriendGraph,
    seed: int,
    width: int,
    hidden: int,
    dropout: float,
    learning_rate: float,
    weight_decay: float,
    steps: int,
    folds: int,
    share: float,
    negatives: int,
    pointwise: float,
) -> WalkNetwork:
    """Every step looks from 64 users, and ranks each of their hidden friends among `negatives` random others.

    The loss is a softmax of each friend against the others as if they were 500, and `pointwise` times the binary
    cross-entropy of both kinds, which makes the scores of different users alike.
    """
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    n = len(graph.degree)
    taught = [(View(shown), hidden_friends) for shown, hidden_friends in rounds(graph, folds, share, random)]
    network = WalkNetwork(width, hidden, dropout)
    optimiser = torch.optim.AdamW(network.parameters(), lr=learning_rate, weight_decay=weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, learning_rate, total_steps=steps, pct_start=0.2)
    for step in range(steps):
        view, friends = taught[step % folds]
        users = random.permutation(np.flatnonzero(friends.sum(1)))[:BLOCK]
        others = random.permutation(n)[:negatives]
        rows = np.union1d(others, friends[users].indices)
        friend = torch.from_numpy(friends[users][:, rows].toarray() > 0)
        other = np.isin(rows, others) & (rows != users[:, None]) & (graph.adjacency[users][:, rows].toarray() == 0)
        column, place = torch.nonzero(friend | torch.from_numpy(other), as_tuple=True)
        found = network(view.look(users), view.messages(rows), torch.from_numpy(rows), place, column)
        logits = torch.full(friend.shape, -torch.inf).index_put((column, place), found)
        true, rest = logits[friend], logits.masked_fill(friend, -torch.inf)
        against = torch.logsumexp(rest, dim=1) + np.log(500 / len(others))
        loss = nn.functional.softplus(against[torch.nonzero(friend)[:, 0]] - true).mean()
        false = found[~friend[column, place]]
        loss = loss + pointwise * (nn.functional.softplus(-true).mean() + nn.functional.softplus(false).mean())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return network.eval()


def scores(
    graph: FriendGraph,
    pairs: np.ndarray,
    seed: int,
    *,
    width: int,
    hidden: int,
    dropout: float,
    learning_rate: float,
    weight_decay: float,
    steps: int,
    folds: int,
    share: float,
    negatives: int,
    pointwise: float,
) -> np.ndarray:
    """Logits (P,) for pairs (P, 2): how the second user looks from the first."""
    network = train(
        graph,
        seed,
        width,
        hidden,
        dropout,
        learning_rate,
        weight_decay,
        steps,
        folds,
        share,
        negatives,
        pointwise,
    )
    view, everybody = View(graph), np.arange(len(graph.degree))
    messages = view.messages(everybody)
    found = np.empty(len(pairs))
    for users, places, column in blocks(pairs, BLOCK):
        other, column = torch.from_numpy(pairs[places, 1]), torch.from_numpy(column)
        with torch.no_grad():
            logits = network(view.look(users), messages, torch.from_numpy(everybody), other, column)
        found[places] = logits.numpy()
    return found
