"""Graph model: GraphSAGE (Hamilton et al., 2017): a node's state from its own and the mean of its neighbours'."""

import torch
from torch import Tensor, nn

from lastfm_gnn.liking.batches import Batch, Graph
from lastfm_gnn.liking.networks import Decoder, LikingNetwork, MessageSettings, fit_networks
from lastfm_gnn.liking.problem import Fitted, LikingProblem

Settings = MessageSettings

STATE = 8  # bytes of each number of an edge's states in a step of training, measured


class Sage(LikingNetwork):
    """h_i <- ReLU(W [h_i ‖ mean_j (h_j ‖ e_ij)]); e: features of the edge, the score among them."""

    def __init__(self, example: Batch, settings: Settings):
        super().__init__()
        self.kernels, width = settings.kernels, settings.width
        graph = example.graph
        self.user, self.artist = (nn.Linear(part.shape[1], width) for part in (graph.users, graph.artists))
        inputs = 2 * width + graph.edge_features.shape[1]
        self.users, self.artists = (
            nn.ModuleList([nn.Linear(inputs, width) for _ in range(settings.rounds)]) for _ in range(2)
        )
        inputs = example.of_pairs(self.kernels).shape[1] + 2 * width
        self.decoder = Decoder(inputs, settings.hidden, settings.dropout)

    def encode(self, graph: Graph) -> tuple[Tensor, ...]:
        """States of users and artists."""
        user, artist = self.user(graph.users), self.artist(graph.artists)
        for of_users, of_artists in zip(self.users, self.artists, strict=True):
            from_artists, _ = graph.means(torch.cat([graph.from_artists(artist), graph.edge_features], 1))
            _, from_users = graph.means(torch.cat([graph.from_users(user), graph.edge_features], 1))
            user = torch.relu(of_users(torch.cat([user, from_artists], 1)))
            artist = torch.relu(of_artists(torch.cat([artist, from_users], 1)))
        return user, artist

    def decode(self, batch: Batch, encoded: tuple[Tensor, ...]) -> Tensor:
        user, artist = encoded
        of_ends = [user[batch.user_index], artist[batch.artist_index]]
        return self.decoder(batch, torch.cat([batch.of_pairs(self.kernels), *of_ends], 1))


def fit(problem: LikingProblem, settings: Settings, seed: int, trained: dict | None = None) -> Fitted:
    """trained: what an earlier fit kept, to be used as it is. Memory and time grow as those of all fit_networks."""
    return fit_networks(
        lambda example: Sage(example, settings), problem, settings, seed, trained, step=STATE * settings.numbers
    )
