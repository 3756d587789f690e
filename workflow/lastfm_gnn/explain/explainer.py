"""GNNExplainer (Ying et al., NeurIPS 2019): masks that keep a prediction with as little as possible."""

import json
from argparse import ArgumentTypeError
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from lastfm_gnn.core.program import check_settings


def settings(text: str) -> dict[str, float]:
    """The type of an argument: JSON of the settings of learn_masks."""
    found = json.loads(text)
    check_settings(learn_masks, found, "explanations.explainer")
    for name, value in found.items():
        least, right = {"steps": (1, int), "learning_rate": (1e-9, (int, float))}.get(name, (0, (int, float)))
        if isinstance(value, bool) or not isinstance(value, right) or not least <= value <= 1e6:
            raise ArgumentTypeError(f"{name} is {value!r}: give a number from {least}, steps a whole one")
    return found


def learn_masks(
    log_probability: Callable[..., Tensor],
    sizes: list[int],
    seed: int,
    steps: int,
    learning_rate: float,
    size_weight: float,
    entropy_weight: float,
) -> list[np.ndarray]:
    """Masks in [0, 1] of these sizes, for `log_probability(*masks)` of what is explained.

    Minimises -log P(prediction | σ(m)) (their eq. 6, with σ(F) on features as in eq. 7, both masks at once) and, for
    each mask, size_weight · mean σ(m) + entropy_weight · mean H(σ(m)), so that masks are small and near 0 or 1.
    Means, where they sum over edges: the weights then say the same to ten edges and to ten thousand features.
    """
    random = torch.Generator().manual_seed(seed)
    logits = [(0.1 * torch.randn(size, generator=random)).requires_grad_() for size in sizes]
    optimiser = torch.optim.Adam(logits, learning_rate)
    for _ in range(steps):
        masks = [torch.sigmoid(one) for one in logits]
        loss = -log_probability(*masks)
        for mask in masks:
            entropy = torch.special.entr(mask) + torch.special.entr(1 - mask)
            loss = loss + size_weight * mask.mean() + entropy_weight * entropy.mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return [torch.sigmoid(one).detach().numpy() for one in logits]
