"""The network around the variants: node input, two convolutions, linear decoder."""

import torch
from torch import Tensor, nn

from lastfm_gnn.table1.messages import Neighbourhood


class EdgeRegressor(nn.Module):
    """Liking of a pair from the states of its two nodes: Linear(h_source ‖ h_target), no sigmoid.

    layer: class of the convolution, called as layer(inputs, outputs). input: "degree", one number a node, as
    the authors' code; or "embedding", `hidden` learned numbers a node. hidden: width of both convolutions.
    """

    def __init__(self, layer: type[nn.Module], num_nodes: int, input: str, hidden: int):
        super().__init__()
        self.embedding = None
        if input == "embedding":
            self.embedding = nn.Parameter(nn.init.xavier_uniform_(torch.empty(num_nodes, hidden)))
        self.layers = nn.ModuleList([layer(1 if input == "degree" else hidden, hidden), layer(hidden, hidden)])
        self.decoder = nn.Linear(2 * hidden, 1)

    def forward(self, batch: Neighbourhood) -> Tensor:
        """Predicted liking (B,) of the batch's pairs."""
        if self.embedding is None:
            h = batch.degree[:, None]
        else:
            h = self.embedding if batch.inputs is None else self.embedding.index_select(0, batch.inputs)
        for layer, messages in zip(self.layers, batch.layers, strict=True):
            h = layer(messages, h)
        source, target = batch.rows
        return self.decoder(torch.cat([h.index_select(0, source), h.index_select(0, target)], dim=1))[:, 0]
