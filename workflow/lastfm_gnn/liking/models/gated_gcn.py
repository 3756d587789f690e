"""Graph model: Gated GCN (Bresson & Laurent, 2017): edges have states, which gate the messages between their ends."""

import torch
from torch import Tensor, nn

from lastfm_gnn.liking.batches import Batch, Graph
from lastfm_gnn.liking.networks import Decoder, LikingNetwork, MessageSettings, fit_networks
from lastfm_gnn.liking.problem import Fitted, LikingProblem

Settings = MessageSettings

STATE = 23  # bytes of each number of an edge's states in a step of training, measured


class Layer(nn.Module):
    """e_ij <- e_ij + ReLU(A h_i + B h_j + C e_ij); h_i <- h_i + ReLU(U h_i + Σ_j σ(e_ij) V h_j / Σ_j σ(e_ij))."""

    def __init__(self, width: int):
        super().__init__()
        self.A, self.B, self.C = (nn.Linear(width, width) for _ in range(3))
        self.U, self.V = (nn.ModuleList([nn.Linear(width, width) for _ in range(2)]) for _ in range(2))

    def forward(self, graph: Graph, user: Tensor, artist: Tensor, edge: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        edge = edge + torch.relu(graph.from_users(self.A(user)) + graph.from_artists(self.B(artist)) + self.C(edge))
        gate = torch.sigmoid(edge)
        sent = [graph.from_artists(self.V[0](artist)), graph.from_users(self.V[1](user))]
        to_users, _ = graph.means(torch.cat([gate * sent[0], gate], 1))
        _, to_artists = graph.means(torch.cat([gate * sent[1], gate], 1))
        states = []
        for own, state, sums in ((self.U[0], user, to_users), (self.U[1], artist, to_artists)):
            total, gates = sums.chunk(2, 1)
            states.append(state + torch.relu(own(state) + total / (gates + 1e-6)))
        return states[0], states[1], edge


class GatedGCN(LikingNetwork):
    def __init__(self, example: Batch, settings: Settings):
        super().__init__()
        self.kernels, width = settings.kernels, settings.width
        graph = example.graph
        parts = (graph.users, graph.artists, graph.edge_features)
        self.user, self.artist, self.edge = (nn.Linear(part.shape[1], width) for part in parts)
        self.layers = nn.ModuleList([Layer(width) for _ in range(settings.rounds)])
        inputs = example.of_pairs(self.kernels).shape[1] + 2 * width
        self.decoder = Decoder(inputs, settings.hidden, settings.dropout)

    def encode(self, graph: Graph) -> tuple[Tensor, ...]:
        """States of users and artists."""
        user, artist, edge = self.user(graph.users), self.artist(graph.artists), self.edge(graph.edge_features)
        for layer in self.layers:
            user, artist, edge = layer(graph, user, artist, edge)
        return user, artist

    def decode(self, batch: Batch, encoded: tuple[Tensor, ...]) -> Tensor:
        user, artist = encoded
        of_ends = [user[batch.user_index], artist[batch.artist_index]]
        return self.decoder(batch, torch.cat([batch.of_pairs(self.kernels), *of_ends], 1))


def fit(problem: LikingProblem, settings: Settings, seed: int, trained: dict | None = None) -> Fitted:
    """trained: what an earlier fit kept, to be used as it is. Memory and time grow as those of all fit_networks."""
    return fit_networks(
        lambda example: GatedGCN(example, settings),
        problem,
        settings,
        seed,
        trained,
        step=STATE * settings.numbers,
    )
