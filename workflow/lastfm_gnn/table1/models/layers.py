"""What the four variants share: the two forms of a convolution, and the attention of eq. 3 in both.

Ou, "Graph Convolutional Network for Music Recommender", eqs. 1-5. A variant gives the coefficient m_ij of its
sum over neighbours. A is the adjacency matrix, so that Σ_j A_ij m_ij is the sum over the edges that carry
messages; η is called a learning rate there, and is ReLU in the authors' code, after both layers.

What is linear is done in the cheapest order: degrees are multiplied into the coefficients of the edges, W
comes after the sum, and attention's two matrices are multiplied with each other first.
"""

import torch
from torch import Tensor, nn

from lastfm_gnn.table1.messages import Messages


def xavier(inputs: int, outputs: int) -> nn.Parameter:
    """A weight matrix (inputs, outputs), Xavier-uniform as in the authors' code."""
    return nn.Parameter(nn.init.xavier_uniform_(torch.empty(inputs, outputs)))


class StrictConvolution(nn.Module):
    """h_i <- η(1/d_i Σ_{j in N_i} m_ij W h_j), as printed: a mean over neighbours, no bias."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.W = xavier(inputs, outputs)

    def convolve(self, messages: Messages, m: Tensor, h: Tensor) -> Tensor:
        """(R, outputs) from m (E,) and h (N, inputs)."""
        return torch.relu_(messages.sum(m * messages.inverse_in_degree, h) @ self.W)


class PublishedConvolution(nn.Module):
    """h <- ReLU(D_in^-1/2 (Σ m (D_out^-1/2 h)) W + b): the authors' code, degrees counted in the block."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.W = xavier(inputs, outputs)
        self.b = nn.Parameter(torch.zeros(outputs))

    def convolve(self, messages: Messages, m: Tensor, h: Tensor, noise: Tensor | float = 0.0) -> Tensor:
        """(R, outputs) from m (E,) and h (N, inputs); `noise` (R, inputs) is added to the normalised sum."""
        summed = messages.sum(m * messages.symmetric_norm, h) + noise
        return torch.relu_(torch.addmm(self.b, summed, self.W))


class Attention(nn.Module):
    """Attention logits: linear in V h_i ‖ V h_j, without a nonlinearity or a bias."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.V = nn.Linear(inputs, outputs, bias=False)
        self.U = nn.Linear(2 * outputs, 1, bias=False)

    def parts(self, h: Tensor) -> tuple[Tensor, Tensor]:
        """What a node adds to a logit as source and as target, (N,) each, from h (N, inputs)."""
        source, target = (h @ (self.U.weight.view(2, -1) @ self.V.weight).T).unbind(dim=1)
        return source, target


class StrictAttention(Attention):
    """a_ij = softmax over the neighbours j of i of U[V h_j ‖ V h_i]   (eq. 3).

    As printed there is no nonlinearity inside, so that the part of i cancels in its own softmax.
    """

    def forward(self, messages: Messages, h: Tensor) -> Tensor:
        """a (E,) from h (N, inputs)."""
        return messages.softmax_over_neighbours(messages.logits(*self.parts(h)))


class PublishedAttention(Attention):
    """a = softmax over *all* edges of the block of U[V h_j ‖ V h_i], so that each is about 1/E.

    The source's features come normalised, the target's not: the authors' code, whose U is called A.
    """

    def forward(self, messages: Messages, h: Tensor) -> Tensor:
        """a (E,) from h (N, inputs)."""
        from_source, from_target = self.parts(h)
        from_source = from_source * messages.out_degree.clamp(min=1).rsqrt()
        return messages.softmax_over_all_edges(messages.logits(from_source, from_target))
