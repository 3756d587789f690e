"""Edge as aggregation weight: a neighbour counts by its liking score w (eq. 2)."""

from torch import Tensor

from lastfm_gnn.table1.messages import Messages
from lastfm_gnn.table1.models.layers import Factors, PublishedConvolution, StrictConvolution


class StrictLayer(StrictConvolution):
    """h_i <- η(1/d_i Σ_j A_ij w_ij W h_j)   (eq. 2)."""

    def forward(self, messages: Messages, h: Tensor | Factors) -> Tensor | Factors:
        return self.convolve_factors(messages, messages.graph.liking, h)


class PublishedLayer(PublishedConvolution):
    """m = w."""

    def forward(self, messages: Messages, h: Tensor) -> Tensor:
        return self.convolve(messages, messages.graph.liking, h)
