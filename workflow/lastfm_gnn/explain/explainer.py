"""GNNExplainer (Ying et al., NeurIPS 2019): masks that keep a prediction with as little as possible."""

import json
from argparse import ArgumentTypeError
from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

from lastfm_gnn.core.optimisers import Adam
from lastfm_gnn.core.settings import read_settings


@dataclass(frozen=True)
class Settings:
    """Weights of the size and of the entropy of the masks, and how they are learned."""

    steps: int
    learning_rate: float
    size_weight: float
    entropy_weight: float


def settings(text: str) -> Settings:
    """The type of an argument: JSON of Settings."""
    values = read_settings(Settings, json.loads(text), "config: explanations.explainer")
    for name in (one.name for one in fields(values)):
        least = {"steps": 1, "learning_rate": 1e-9}.get(name, 0)
        if not least <= getattr(values, name) <= 1e6:
            raise ArgumentTypeError(f"{name} is {getattr(values, name)!r}: give a number from {least} to 1e6")
    return values


def learn_masks(
    log_probability: Callable[..., Tensor], sizes: list[int], settings: Settings, seed: int
) -> list[np.ndarray]:
    """Masks in [0, 1] of these sizes, for `log_probability(*masks)` of what is explained.

    Minimises -log P(prediction | σ(m)) (their eq. 6, with σ(F) on features as in eq. 7, both masks at once) and, for
    each mask, size_weight · mean σ(m) + entropy_weight · mean H(σ(m)), so that masks are small and near 0 or 1.
    Means, where they sum over edges: the weights then say the same to ten edges and to ten thousand features.
    """
    random = torch.Generator().manual_seed(seed)
    logits = [(0.1 * torch.randn(size, generator=random)).requires_grad_() for size in sizes]
    optimiser = Adam(logits, settings.learning_rate)
    for _ in range(settings.steps):
        masks = [torch.sigmoid(one) for one in logits]
        loss = -log_probability(*masks)
        for mask in masks:
            entropy = torch.special.entr(mask) + torch.special.entr(1 - mask)
            loss = loss + settings.size_weight * mask.mean() + settings.entropy_weight * entropy.mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return [torch.sigmoid(one).detach().numpy() for one in logits]
