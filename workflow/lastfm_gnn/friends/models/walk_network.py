"""Graph model: a network that passes messages about one user at a time: how every other user looks from there.

Seen from a user, each node's features are walks that start at that user (their length, their PageRank), and both
degrees. One layer sends a learned function of them to the node's friends, so that a candidate knows how near its
friends are: common friends and PageRank are special cases (after the labelling trick of Zhang et al., NeurIPS 2021,
and Zhu et al., NBFNet, NeurIPS 2021). No node has an embedding of its own. Taught on hidden friendships.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from lastfm_gnn.core.device import resolve
from lastfm_gnn.core.dropout import Dropout
from lastfm_gnn.core.members import mean_of_members
from lastfm_gnn.core.optimisers import AdamW
from lastfm_gnn.core.sparse import SparseMatrix
from lastfm_gnn.data.friendships import FriendGraph
from lastfm_gnn.friends.hiding import HidingSettings, blocks, rounds
from lastfm_gnn.friends.problem import FriendProblem
from lastfm_gnn.friends.views import FEATURES, View

BLOCK = 64
LOOK, WIDTH = 400, 20  # bytes of how a user looks from another, and of each number that is sent


@dataclass(frozen=True)
class Settings(HidingSettings):
    """width: of a message, 0 for none that is learned; hidden, dropout: of the MLP; pointwise: weight of the second
    loss; members: networks, whose mean counts. The rest is of the training."""

    width: int
    hidden: int
    dropout: float
    learning_rate: float
    weight_decay: float
    steps: int
    pointwise: float
    members: int


class WalkNetwork(nn.Module):
    """One layer of messages of `width`, an MLP of `hidden`, and a linear path around them.

    With width 0 no message is learned: friends send the features as they are, and the MLP sees their mean and sum.
    """

    def __init__(self, settings: Settings):
        super().__init__()
        width, hidden = settings.width, settings.hidden
        self.sent = nn.Linear(FEATURES, width) if width else None
        self.own, self.received = nn.Linear(FEATURES, hidden), nn.Linear(2 * (width or FEATURES), hidden, bias=False)
        self.mlp = nn.Sequential(
            nn.ReLU(), Dropout(settings.dropout), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 1)
        )
        self.linear = nn.Linear(FEATURES, 1)
        nn.init.zeros_(self.mlp[-1].get_parameter("weight"))

    def forward(self, look: Tensor, messages: SparseMatrix, rows: Tensor, place: Tensor, column: Tensor) -> Tensor:
        """Logits (P,) of users rows[place] as seen from those at `column`, of look (N, b, 17); messages to rows."""
        n, b, _ = look.shape
        sent = torch.relu(self.sent(look)) if self.sent else look
        received = (messages @ sent.reshape(n, -1)).view(2, len(rows), b, -1)[:, place, column]
        look = look[rows[place], column]
        return (self.mlp(self.own(look) + self.received(torch.cat([*received], dim=1))) + self.linear(look))[:, 0]


def train(graph: FriendGraph, settings: Settings, seed: int, device: torch.device) -> WalkNetwork:
    """Every step looks from 64 users, and ranks each of their hidden friends among `negatives` random others.

    The loss is a softmax of each friend against the others as if they were 500, and `pointwise` times the binary
    cross-entropy of both kinds, which makes the scores of different users alike.
    """
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    n = len(graph.degree)
    taught = [(View(shown, device), hidden_friends) for shown, hidden_friends in rounds(graph, settings, random)]
    network = WalkNetwork(settings).to(device)
    rate, steps = settings.learning_rate, settings.steps
    optimiser = AdamW(network.parameters(), rate, weight_decay=settings.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.2)
    for step in range(steps):
        view, friends = taught[step % settings.folds]
        users = random.permutation(np.flatnonzero(friends.sum(1)))[:BLOCK]
        others = random.permutation(n)[: settings.negatives]
        rows = np.union1d(others, friends[users].indices)
        friend = torch.from_numpy(friends[users][:, rows].toarray() > 0).to(device)
        other = np.isin(rows, others) & (rows != users[:, None]) & (graph.adjacency[users][:, rows].toarray() == 0)
        column, place = torch.nonzero(friend | torch.from_numpy(other).to(device), as_tuple=True)
        ranked = torch.from_numpy(rows).to(device)
        scores = network(view.look(users), view.messages(rows), ranked, place, column)
        logits = torch.full(friend.shape, -torch.inf, device=device).index_put((column, place), scores)
        true, rest = logits[friend], logits.masked_fill(friend, -torch.inf)
        against = torch.logsumexp(rest, dim=1) + np.log(500 / len(others))
        loss = nn.functional.softplus(against[torch.nonzero(friend)[:, 0]] - true).mean()
        false = scores[~friend[column, place]]
        loss = loss + settings.pointwise * (
            nn.functional.softplus(-true).mean() + nn.functional.softplus(false).mean()
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return network.eval()


def look_at(network: WalkNetwork, graph: FriendGraph, pairs: np.ndarray, device: torch.device) -> np.ndarray:
    """Logits (P,) for pairs (P, 2)."""
    view, everybody = View(graph, device), np.arange(len(graph.degree))
    messages, rows = view.messages(everybody), torch.from_numpy(everybody).to(device)
    scores = np.empty(len(pairs))
    for users, places, column in blocks(pairs, BLOCK):
        other, seen_from = (torch.from_numpy(part).to(device) for part in (pairs[places, 1], column))
        with torch.no_grad():
            logits = network(view.look(users), messages, rows, other, seen_from)
        scores[places] = logits.cpu().numpy()
    return scores


def fit(problem: FriendProblem, settings: Settings, seed: int) -> np.ndarray:
    """Logits (P,): how the second user looks from the first, the mean of the networks'.

    Memory grows with N · width, time with friendships · (users in pairs + steps · BLOCK). Raises InputError where
    that does not fit."""
    graph, pairs, device = problem.graph, problem.pairs, resolve(problem.device)
    problem.expect_room(len(graph.degree) * BLOCK * (LOOK + WIDTH * (settings.width or FEATURES)))
    return mean_of_members(
        lambda number: look_at(train(graph, settings, number, device), graph, pairs, device), seed, settings.members
    )
