"""Naive GCN: every neighbour counts the same (eq. 1)."""

from torch import Tensor

from lastfm_gnn.table1.messages import Messages
from lastfm_gnn.table1.models.layers import PublishedConvolution, StrictConvolution


class StrictLayer(StrictConvolution):
    """h_i <- η(1/d_i Σ_j A_ij W h_j)   (eq. 1)."""

    def forward(self, messages: Messages, h: Tensor) -> Tensor:
        return self.convolve(messages, messages.present, h)


class PublishedLayer(PublishedConvolution):
    """m = 1."""

    def forward(self, messages: Messages, h: Tensor) -> Tensor:
        return self.convolve(messages, messages.present, h)
