"""Weight augmented with attention: a neighbour counts by w + a (eqs. 3 and 4)."""

from torch import Tensor

from lastfm_gnn.table1.messages import Messages
from lastfm_gnn.table1.models.layers import (
    Factors,
    PublishedAttention,
    PublishedConvolution,
    StrictAttention,
    StrictConvolution,
)


class StrictLayer(StrictConvolution):
    """h_i <- η(1/d_i Σ_j A_ij (w_ij + a_ij) W h_j)   (eq. 4), a by eq. 3."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__(inputs, outputs)
        self.attention = StrictAttention(inputs, outputs)

    def forward(self, messages: Messages, h: Tensor | Factors) -> Tensor | Factors:
        return self.convolve_factors(messages, messages.graph.liking + self.attention(messages, h), h)


class PublishedLayer(PublishedConvolution):
    """m = w + a."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__(inputs, outputs)
        self.attention = PublishedAttention(inputs, outputs)

    def forward(self, messages: Messages, h: Tensor) -> Tensor:
        return self.convolve(messages, messages.graph.liking + self.attention(messages, h), h)
