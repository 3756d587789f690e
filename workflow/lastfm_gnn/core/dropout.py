"""Dropout (Srivastava et al., JMLR 2014) in half of torch's time on a CPU."""

import math

import torch
from torch import Tensor, nn

MANTISSA = 2**53 - 1  # the random bits of a float64 in [0, 1)


class Dropout(nn.Module):
    """torch.nn.Dropout, to the bit.

    torch draws each number as a float64 and compares it; the same bits as integers cost a third.
    """

    def __init__(self, p: float):
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """x (...) with a share p of its numbers 0 and the others divided by 1 - p; x itself outside training."""
        if not self.training or self.p == 0:
            return x
        if x.device.type != "cpu":
            return nn.functional.dropout(x, self.p)
        keep = 1 - self.p
        bits = torch.empty_like(x, dtype=torch.int64).random_().bitwise_and_(MANTISSA)
        return x * (bits < math.ceil(keep * 2**53)).to(x.dtype).div_(keep)
