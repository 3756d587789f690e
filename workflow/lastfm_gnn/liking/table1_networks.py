"""The networks of Table 1 on a problem of liking scores, so that they meet the leaderboard's rivals on equal terms.

As the paper prints their equations, without the leak (protocol strict), each node with a learned vector as input;
trained as in Table 1, and averaged over members as all others are.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import nn

from lastfm_gnn.core.device import resolve
from lastfm_gnn.core.members import member_seeds
from lastfm_gnn.data.listens import Pairs, ScoredPairs
from lastfm_gnn.liking.problem import Fitted, LikingProblem
from lastfm_gnn.table1.batches import batch_pairs
from lastfm_gnn.table1.graphs import build_graph
from lastfm_gnn.table1.messages import MessageGraph
from lastfm_gnn.table1.models.edge_regressor import EdgeRegressor
from lastfm_gnn.table1.training import DirectedPairs, predict, train

PROTOCOL, NEIGHBOURS = "strict", "auto"
LISTEN, NODE = 340, 64  # bytes of a listen, and of a number of a node's state in a step of training


@dataclass(frozen=True)
class NetworkSettings:
    """hidden: width of the learned vectors and of both convolutions; batch_size: pairs, fewer on small data and more
    on large; decay: of the learning rate, after every epoch; members: networks, whose mean counts."""

    hidden: int
    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    decay: float
    members: int


def message_graph(problem: LikingProblem) -> MessageGraph:
    """Nodes are the users, then the artists; the training pairs carry messages."""
    train = problem.train
    pairs = pd.DataFrame({"user_id": train.user, "artist_id": train.artist, "liking": train.liking})
    graph = build_graph(np.arange(problem.users), np.arange(problem.artists), pairs)
    return MessageGraph(graph, resolve(problem.device))


def as_nodes(problem: LikingProblem, pairs: Pairs) -> DirectedPairs:
    """From user to artist; the score of a pair that has none is 0, which nothing looks at."""
    device = resolve(problem.device)
    liking = pairs.liking if isinstance(pairs, ScoredPairs) else np.zeros(len(pairs))
    # copies: an array of a table is read-only, which a tensor cannot be
    parts = pairs.user, problem.users + pairs.artist, liking
    return DirectedPairs(*(torch.tensor(part, device=device) for part in parts))


def with_users(state: dict[str, torch.Tensor], artists: int, users: int) -> dict[str, torch.Tensor]:
    """The weights for so many users: those who came later have a vector of zeros."""
    known, of_artists = state["embedding"][:-artists], state["embedding"][-artists:]
    later = known.new_zeros(users - len(known), known.shape[1])
    return state | {"embedding": torch.cat([known, later, of_artists])}


def fit_networks(
    layer: type[nn.Module], problem: LikingProblem, settings: NetworkSettings, seed: int, trained: dict | None
) -> Fitted:
    """layer: the StrictLayer of a file of table1/models. trained: what an earlier fit kept, to be used as it is.

    Memory grows with the listens and with nodes · hidden. Raises InputError where that does not fit."""
    nodes = problem.users + problem.artists
    problem.expect_room(LISTEN * len(problem.train) + NODE * nodes * settings.hidden)
    graph = message_graph(problem)
    batch_size = batch_pairs(graph, settings.batch_size, NEIGHBOURS)
    if trained:
        states = [with_users(state, problem.artists, problem.users) for state in trained["networks"]]
    else:
        states = []
        for number in member_seeds(seed, settings.members):
            torch.manual_seed(number)
            state, _ = train(
                EdgeRegressor(layer, nodes, "embedding", settings.hidden).to(graph.device),
                graph,
                as_nodes(problem, problem.train),
                as_nodes(problem, problem.validation),
                protocol=PROTOCOL,
                epochs=settings.epochs,
                batch_size=batch_size,
                neighbours=NEIGHBOURS,
                learning_rate=settings.learning_rate,
                weight_decay=settings.weight_decay,
                decay=settings.decay,
                report=lambda row: None,
            )
            states.append(state)
    networks = [EdgeRegressor(layer, nodes, "embedding", settings.hidden).to(graph.device) for _ in states]
    for network, state in zip(networks, states, strict=True):
        network.load_state_dict(state)

    def predict_pairs(pairs: Pairs) -> np.ndarray:
        edges = as_nodes(problem, pairs)
        return np.stack([predict(network, graph, edges, PROTOCOL, batch_size) for network in networks]).mean(0)

    return Fitted(predict_pairs, trained=trained or {"networks": states})
