"""What the four variants share: the two forms of a convolution, and the attention of eq. 3 in both.

Ou, "Graph Convolutional Network for Music Recommender", eqs. 1-5. A variant gives the coefficient m_ij of its
sum over neighbours. A is the adjacency matrix, so that Σ_j A_ij m_ij is the sum over the edges that carry
messages; η is called a learning rate there, and is ReLU in the authors' code, after both layers.

What is linear is done in the cheapest order: degrees are multiplied into the coefficients of the edges, W
comes after the sum, and attention's two matrices are multiplied with each other first.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from lastfm_gnn.table1.messages import Messages


def xavier(inputs: int, outputs: int) -> nn.Parameter:
    """A weight matrix (inputs, outputs), Xavier-uniform as in the authors' code."""
    return nn.Parameter(nn.init.xavier_uniform_(torch.empty(inputs, outputs)))


class Factors(NamedTuple):
    """States h = left (N, 2) @ right (2, F), whose messages have two numbers in place of F."""

    left: Tensor
    right: Tensor


def signs(x: Tensor, dim: int) -> Tensor:
    """The positive part of x and that of -x, one after the other."""
    return torch.relu(torch.cat([x, -x], dim))


class StrictConvolution(nn.Module):
    """h_i <- η(1/d_i Σ_{j in N_i} m_ij W h_j), as printed: a mean over neighbours, no bias.

    From one number a node, s_i, it follows that h_i = ReLU(s_i W): all states are sums of two vectors.
    """

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.W = xavier(inputs, outputs)

    def convolve(self, messages: Messages, m: Tensor | float, h: Tensor) -> Tensor:
        """(R, outputs) from m (E,) or one number, and h (N, inputs)."""
        return torch.relu_(messages.sum(m * messages.inverse_in_degree, h) @ self.W)

    def convolve_factors(self, messages: Messages, m: Tensor | float, h: Tensor | Factors) -> Tensor | Factors:
        """The same, as Factors where h has one number a node, and from them."""
        left, W = (h.left, h.right @ self.W) if isinstance(h, Factors) else (h, self.W)
        summed = messages.sum(m * messages.inverse_in_degree, left)
        if summed.shape[1] == 1:  # the sign of s decides which units are on: ReLU(s W) = s⁺ W⁺ + s⁻ W⁻
            return Factors(signs(summed, dim=1), signs(W, dim=0))
        return torch.relu_(summed @ W)


class PublishedConvolution(nn.Module):
    """h <- ReLU(D_in^-1/2 (Σ m (D_out^-1/2 h)) W + b): the authors' code, degrees counted in the block."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.W = xavier(inputs, outputs)
        self.b = nn.Parameter(torch.zeros(outputs))

    def convolve(self, messages: Messages, m: Tensor | float, h: Tensor, noise: Tensor | None = None) -> Tensor:
        """(R, outputs) from m (E,) or one number, and h (N, inputs); noise (R, inputs) is added to the sum."""
        summed = messages.sum(m * messages.symmetric_norm, h)
        if noise is not None:
            summed = summed + noise
        return torch.relu_(torch.addmm(self.b, summed, self.W))


class Attention(nn.Module):
    """Attention logits: linear in V h_i ‖ V h_j, without a nonlinearity or a bias."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.V = nn.Linear(inputs, outputs, bias=False)
        self.U = nn.Linear(2 * outputs, 1, bias=False)

    def parts(self, h: Tensor | Factors) -> tuple[Tensor, Tensor]:
        """What a node adds to a logit as source and as target, (N,) each, from h (N, inputs)."""
        left, V = (h.left, self.V.weight @ h.right.T) if isinstance(h, Factors) else (h, self.V.weight)
        source, target = (left @ (self.U.weight.view(2, -1) @ V).T).unbind(dim=1)
        return source, target


class StrictAttention(Attention):
    """a_ij = softmax over the neighbours j of i of U[V h_j ‖ V h_i]   (eq. 3).

    As printed there is no nonlinearity inside, so that the part of i cancels in its own softmax.
    """

    def forward(self, messages: Messages, h: Tensor | Factors) -> Tensor:
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
