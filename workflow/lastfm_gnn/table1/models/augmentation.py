"""Data augmentation: a neighbour counts by w + a + n, with noise n ~ N(0, 0.1) while training (eq. 5)."""

import torch
from torch import Tensor

from lastfm_gnn.table1.messages import Messages
from lastfm_gnn.table1.models.layers import (
    PublishedAttention,
    PublishedConvolution,
    StrictAttention,
    StrictConvolution,
)

SIGMA = 0.1


class StrictLayer(StrictConvolution):
    """h_i <- η(1/d_i Σ_j A_ij (w_ij + a_ij + n_ij) W h_j)   (eq. 5): one draw per edge.

    Not as Factors: without decay this training comes to steps where rounding decides, and its figures would change.
    """

    def __init__(self, inputs: int, outputs: int):
        super().__init__(inputs, outputs)
        self.attention = StrictAttention(inputs, outputs)

    def forward(self, messages: Messages, h: Tensor) -> Tensor:
        m = messages.graph.liking + self.attention(messages, h)
        if self.training:
            m = m + SIGMA * torch.randn_like(m, device="cpu").to(m.device)
        return self.convolve(messages, m, h)


class PublishedLayer(PublishedConvolution):
    """m = w + a + n while training, w + a otherwise: one draw per edge *and feature*.

    The sum of n_jf h_jf over the neighbours j of a node is one normal of variance σ² Σ_j h_jf² for each node
    and feature f: N x F draws instead of E x F.
    """

    def __init__(self, inputs: int, outputs: int):
        super().__init__(inputs, outputs)
        self.attention = PublishedAttention(inputs, outputs)

    def forward(self, messages: Messages, h: Tensor) -> Tensor:
        m = messages.graph.liking + self.attention(messages, h)
        return self.convolve(messages, m, h, self.noise(messages, h) if self.training else None)

    def noise(self, messages: Messages, h: Tensor) -> Tensor:
        """(R, inputs): what the noise adds to the normalised sum over neighbours."""
        variance = messages.sum(messages.symmetric_norm.square(), h.square())
        # a square root has no finite slope at 0
        draws = torch.randn_like(variance, device="cpu").to(variance.device)
        return SIGMA * draws * variance.clamp(min=1e-12).sqrt()
