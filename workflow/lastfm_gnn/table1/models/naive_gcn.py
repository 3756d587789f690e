"""Naive GCN: every neighbour counts the same (eq. 1)."""

from torch import Tensor

from lastfm_gnn.table1.messages import Messages
from lastfm_gnn.table1.models.layers import Factors, PublishedConvolution, StrictConvolution


class StrictLayer(StrictConvolution):
    """h_i <- η(1/d_i Σ_j A_ij W h_j)   (eq. 1)."""

    def forward(self, messages: Messages, h: Tensor | Factors) -> Tensor | Factors:
        return self.convolve_factors(messages, 1.0, h)


class PublishedLayer(PublishedConvolution):
    """m = 1."""

    def forward(self, messages: Messages, h: Tensor) -> Tensor:
        return self.convolve(messages, 1.0, h)
