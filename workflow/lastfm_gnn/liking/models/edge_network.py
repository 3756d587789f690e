"""Graph model: every known score is an edge with a state, and states travel from edge to edge through their nodes.

An edge starts from its score and its ends' statistics; a round adds to its state what an MLP makes of it and of the
mean states of its two nodes' edges (after Battaglia et al., "Relational inductive biases", 2018). A pair is decoded
from the statistics, the mean states of its nodes' edges, what attention reads from those states, and residuals that
were propagated over fixed kernels of the graph (after SIGN, Rossi et al., 2020).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from lastfm_gnn.liking.batches import Around, Batch, EdgePart, Graph
from lastfm_gnn.liking.networks import Decoder, LikingNetwork, MessageSettings, fit_networks, mlp
from lastfm_gnn.liking.problem import Fitted, LikingProblem

STATE = 14  # bytes of each number of an edge's states in a step of training, measured


@dataclass(frozen=True)
class Settings(MessageSettings):
    """width 0: no states; heads: of attention, 0 for none."""

    heads: int


def apply_to_edges(layers: nn.Module, graph: Graph, edge: Tensor, user: Tensor, artist: Tensor) -> Tensor:
    """(E, F): layers([edge ‖ its user ‖ its artist]) of edge (E, F), user (N, F) and artist (A, F).

    The first layer is applied to each part alone, and to nodes before they are repeated for their edges: quicker.
    Where the edges are in several parts, what is between the layers is not kept for the gradient, but made again.
    """
    first, *others = layers.children()
    of_edge, of_user, of_artist = first.get_parameter("weight").split(
        [part.shape[1] for part in (edge, user, artist)], 1
    )
    user, artist = user @ of_user.T, artist @ of_artist.T

    def apply(part: EdgePart, edge: Tensor, user: Tensor, artist: Tensor) -> Tensor:
        hidden = functional.linear(edge, of_edge, first.get_parameter("bias"))
        hidden += part.of_user @ user
        hidden += part.of_artist @ artist
        for layer in others:
            hidden = layer(hidden)
        return hidden

    if len(graph.parts) == 1:
        return apply(graph.parts[0], edge, user, artist)
    return torch.cat(
        [checkpoint(apply, part, edge[part.edges], user, artist, use_reentrant=False) for part in graph.parts]
    )


class PairAttention(nn.Module):
    """A pair attends over its user's other artists or its artist's other users; heads: each with weights of its own.

    The weight of a neighbour is exp(MLP) of how near it is to the pair, its value a linear function of its edge's; a
    constant in the denominator shrinks the mean where neighbours are few: a softmax with one more, silent neighbour.
    """

    def __init__(self, features: int, values: int, heads: int, hidden: int):
        super().__init__()
        self.logits = mlp(features, hidden, heads)
        self.value = nn.Linear(values, heads)
        self.silent = nn.Parameter(torch.zeros(heads))

    def forward(self, around: Around, values: Tensor) -> Tensor:
        """(T, 2 heads): the means, and the logs of the sums of the weights, of edges' values (E, heads)."""
        weight = self.logits(around.features).clamp(-8, 5).exp()
        sent = torch.cat([weight, weight * (around.edges @ values)], 1)
        total, value = (around.sums @ sent).chunk(2, 1)
        total = total + self.silent.exp()
        return torch.cat([value / total, total.log()], 1)


class EdgeNetwork(LikingNetwork):
    def __init__(self, example: Batch, settings: Settings):
        super().__init__()
        width, heads, graph = settings.width, settings.heads, example.graph
        self.width, self.heads, self.kernels = width, heads, settings.kernels
        values = graph.edge_features.shape[1] + width
        if width:
            self.user, self.artist = (nn.Linear(part.shape[1], width) for part in (graph.users, graph.artists))
            self.edge = mlp(graph.edge_features.shape[1] + 2 * width, 2 * width, width)
            self.updates = nn.ModuleList([mlp(3 * width, 2 * width, width) for _ in range(settings.rounds)])
        if heads:
            self.of_user, self.of_artist = (
                PairAttention(around.features.shape[1], values, heads, 4 * heads)
                for around in (example.of_user, example.of_artist)
                if around
            )
        inputs = example.of_pairs(self.kernels).shape[1] + 2 * width + 4 * heads
        self.decoder = Decoder(inputs, settings.hidden, settings.dropout)

    def states(self, graph: Graph) -> Tensor:
        """(E, width)."""
        users, artists = self.user(graph.users), self.artist(graph.artists)
        state = apply_to_edges(self.edge, graph, graph.edge_features, users, artists)
        for update in self.updates:
            state = state + apply_to_edges(update, graph, state, *graph.means(state))
        return state

    def encode(self, graph: Graph) -> tuple[Tensor, ...]:
        """Means of users' and artists' edges, if edges have states; values of edges for both attentions, if there are
        heads."""
        encoded, of_edges = list[Tensor](), graph.edge_features
        if self.width:
            state = self.states(graph)
            encoded += graph.means(state)
            of_edges = torch.cat([of_edges, state], 1)
        if self.heads:
            encoded += [self.of_user.value(of_edges), self.of_artist.value(of_edges)]
        return tuple(encoded)

    def decode(self, batch: Batch, encoded: tuple[Tensor, ...]) -> Tensor:
        inputs, states = [batch.of_pairs(self.kernels)], list(encoded)
        if self.width:
            users, artists, *states = states
            inputs += [users[batch.user_index], artists[batch.artist_index]]
        if self.heads:
            of_users, of_artists = states
            inputs += [self.of_user(batch.of_user, of_users), self.of_artist(batch.of_artist, of_artists)]
        return self.decoder(batch, torch.cat(inputs, 1))


def fit(problem: LikingProblem, settings: Settings, seed: int, trained: dict | None = None) -> Fitted:
    """trained: what an earlier fit kept, to be used as it is. Memory and time grow as those of all fit_networks."""

    def build(example: Batch) -> EdgeNetwork:
        return EdgeNetwork(example, settings)

    return fit_networks(
        build,
        problem,
        settings,
        seed,
        trained,
        neighbours=settings.heads > 0,
        step=STATE * settings.numbers,
    )
