"""On which device a network is trained: the processor, or a GPU by CUDA.

What is random is drawn on the processor and moved, so that a GPU gets the same numbers.
"""

import torch
from torch import Tensor

from lastfm_gnn.core.program import InputError


def resolve(name: str) -> torch.device:
    """auto: a GPU where torch sees one. Raises InputError for cuda where it sees none."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("device is cuda, but torch sees no GPU here; say cpu or auto, or install torch for CUDA")
    return torch.device(name)


def softmax_by_target(logits: Tensor, row: Tensor, target: Tensor) -> Tensor:
    """Of logits (E, ...) over the edges into each target (E,), sorted; row (N + 1,): where each target's start."""
    largest = torch.segment_reduce(logits.detach(), "max", offsets=row)
    share = (logits - largest.index_select(0, target)).exp()
    return share / torch.segment_reduce(share, "sum", offsets=row).index_select(0, target)
