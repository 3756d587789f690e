"""A prediction of a network of users as a function of masks: of features, and of the edges that it looks at."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from lastfm_gnn.asia.networks import Block, UserInputs, blocks
from lastfm_gnn.asia.snapshot import SeenNetwork
from lastfm_gnn.core.program import InputError
from lastfm_gnn.core.sparse import SparseMatrix
from lastfm_gnn.explain.masked_graph import MaskedGraph


class MaskedPrediction:
    """The network's own prediction for users (U,), rows: each one's region, or the artist of the highest score.

    A mask of features (F,) multiplies the columns of likes and embedding, which is to multiply the rows of the first
    layer's weights: likes stay sparse, and the mask has its gradient. features (F,): places in `feature_names` of
    those that any user in the network's receptive field has. Where artists are predicted, the explained users' own
    lists are hidden, as they are for every user whose artists are predicted.
    """

    def __init__(self, seen: SeenNetwork, users: np.ndarray):
        self._network, self._seen, self.targets = seen.network, seen, users
        if seen.network.depth:
            self._layers, self.users = blocks(seen.adjacency, users, seen.network.depth)
        else:
            self._layers, self.users = [], users
        self._shown = torch.ones(len(self.users))
        if seen.family == "artists":
            self._shown[torch.from_numpy(np.isin(self.users, users))] = 0
        self._weights, brought, offset = {}, [], 0
        likes = None
        if seen.likes is not None:
            own = seen.likes[self.users]
            anybody = np.flatnonzero(own[self._shown.numpy() > 0].sum(0) > 0)
            likes, offset = SparseMatrix(own[:, anybody]), own.shape[1]
            self._weights["first.W"] = seen.network.get_parameter("first.W")[torch.from_numpy(anybody)]
            brought.append(anybody)
        if seen.embedding is not None:
            self._weights["first.V"] = seen.network.get_parameter("first.V")
            brought.append(offset + np.arange(seen.embedding.shape[1]))
        self.features = np.concatenate(brought)
        embedding = None if seen.embedding is None else seen.embedding[torch.from_numpy(self.users)]
        self._inputs = UserInputs(likes, embedding)
        with torch.no_grad():
            self.outputs = self._log_probabilities(None, None).argmax(1)

    @cached_property
    def graph(self) -> MaskedGraph:
        return MaskedGraph(self._seen.adjacency, self.targets, self._network.depth)

    def _log_probabilities(self, features: Tensor | None, edges: Tensor | None) -> Tensor:
        """Log-probabilities (U, C)."""
        weights = dict(self._weights)
        if features is not None:
            parts = torch.split(features, [len(weight) for weight in weights.values()])
            weights = {
                name: weight * part[:, None] for (name, weight), part in zip(weights.items(), parts, strict=True)
            }
        return self._scores(weights, self._layers if edges is None else self.graph.blocks(edges))

    def _scores(self, weights: dict[str, Tensor], layers: Sequence[Block]) -> Tensor:
        inputs = self._inputs, self._shown, layers, np.arange(len(self.users))
        return self._seen.log_probabilities(torch.func.functional_call(self._network, weights, inputs))

    @torch.no_grad()
    def attention(self) -> tuple[np.ndarray, np.ndarray]:
        """Whom the first explained user attends to (K,), themselves included, and how much: (K,) that sums to 1, mean
        over layers and heads. Raises InputError for a network without attention."""
        if self._network.layer != "gat":
            raise InputError(f"explanations.attention in the config: a {self._network.layer} has none; name a gat")
        layers = self.graph.blocks(torch.ones(self.graph.edges.shape[1]))
        self._scores(self._weights, layers)
        shares = []
        for number, layer in enumerate(layers):
            source, target = self.graph.layer_edges(number)
            into = np.flatnonzero(target == self.targets[0])
            into = into[np.argsort(source[into])]
            shares.append(layer.attention.flatten(1).mean(1).numpy()[into])
        return source[into], np.mean(shares, axis=0)

    def log_probability(self, features: Tensor | None = None, edges: Tensor | None = None) -> Tensor:
        """Of what the network predicts with its whole receptive field, mean over users; no mask: everything."""
        return self._log_probabilities(features, edges).gather(1, self.outputs[:, None]).mean()

    @torch.no_grad()
    def probability(self, what: str | None = None, kept: np.ndarray | None = None) -> float:
        """The same as a mean of probabilities, with only those kept of `what`: "features" or "edges"."""
        masks: dict[str, Tensor | None] = {"features": None, "edges": None}
        if what is not None and kept is not None:
            masks[what] = torch.from_numpy(kept.astype(np.float32))
        return float(self._log_probabilities(**masks).gather(1, self.outputs[:, None]).exp().mean())
