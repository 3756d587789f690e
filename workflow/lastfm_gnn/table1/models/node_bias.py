"""The form of the trivial predictors: no messages, one number a node."""

import torch
from torch import Tensor, nn

from lastfm_gnn.table1.messages import Neighbourhood


class NodeBias(nn.Module):
    """liking = offset + bias_source + bias_target. offset (), bias (N,): filled in by a baseline's `fit`."""

    offset: Tensor
    bias: Tensor

    def __init__(self, num_nodes: int):
        super().__init__()
        self.register_buffer("offset", torch.zeros((), dtype=torch.float64))
        self.register_buffer("bias", torch.zeros(num_nodes, dtype=torch.float64))

    def forward(self, batch: Neighbourhood) -> Tensor:
        """Predicted liking (B,) of the batch's pairs; messages are not looked at."""
        return self.offset + self.bias[batch.source] + self.bias[batch.target]
