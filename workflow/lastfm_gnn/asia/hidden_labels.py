"""Networks of regions that see other users' labels, taught on hidden ones (Shi et al., "Masked Label Prediction",
2021): many at a time.

Every epoch shows a random share of the known labels, which travel over the graph, and takes the loss on the rest.
Networks whose settings differ in dropout, learning rate and weight decay alone, on as many known labels, draw the
same random numbers, and on the same labels they see the same: both are made once for all of them. Each network is, to
the bit, the one that is trained alone.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from lastfm_gnn.asia.problems import RegionProblem
from lastfm_gnn.core.device import resolve
from lastfm_gnn.core.dropout import Replay, share
from lastfm_gnn.core.members import member_seeds
from lastfm_gnn.core.optimisers import AdamW
from lastfm_gnn.data.friendships import one_hot

Rows: TypeAlias = Tensor | slice
# a network's inputs, from the labels that are shown (N, classes) and the rows whose logits it shall give
Sight: TypeAlias = Callable[[Tensor, Rows], tuple]


@dataclass(frozen=True, eq=False)
class Labels:
    """known (K,): rows of users whose label is known; target (N,): labels; hot (N, classes): the same, one-hot."""

    known: Tensor
    target: Tensor
    hot: Tensor

    @staticmethod
    def of(problem: RegionProblem) -> "Labels":
        hot = one_hot(problem.labels, problem.classes).astype(np.float32)
        parts, device = (np.flatnonzero(problem.labels >= 0), problem.labels, hot), resolve(problem.device)
        return Labels(*(torch.from_numpy(part).to(device) for part in parts))


@dataclass(frozen=True, eq=False)
class Fit:
    """A network of some settings on some labels, and the sum of its members' probabilities (N, classes) so far."""

    labels: Labels
    settings: Any
    total: Tensor


def fit_networks(
    problems: Sequence[RegionProblem],
    candidates: Sequence[Any],
    seed: int,
    make: Callable[[Any], nn.Module],
    sight: Callable[[Any], Sight],
    draw: Callable[[int], Tensor],
) -> list[list[np.ndarray]]:
    """Probabilities (N, classes), the mean of the members', for each of the problems, which differ in their labels
    alone, by each of the settings (candidates).

    make, sight: a network of some settings, and what it sees; draw: which of so many labels are hidden, bool.
    """
    fits, alike = [], defaultdict(list)
    for labels in map(Labels.of, problems):
        fits.append([Fit(labels, settings, torch.zeros_like(labels.hot)) for settings in candidates])
        for fit in fits[-1]:
            shape = replace(fit.settings, dropout=fit.settings.dropout > 0, learning_rate=0, weight_decay=0)
            alike[len(labels.known), shape].append(fit)
    for together in alike.values():
        see = sight(together[0].settings)
        for member in member_seeds(seed, together[0].settings.members):
            _fit_members(together, member, make, see, draw)
    return [[(fit.total / fit.settings.members).double().cpu().numpy() for fit in row] for row in fits]


def _fit_members(
    fits: list[Fit], member: int, make: Callable[[Any], nn.Module], see: Sight, draw: Callable[[int], Tensor]
) -> None:
    """One network for each of the fits, which draw the same numbers; adds its probabilities to the total."""
    replay = Replay()
    by_labels = defaultdict(list)
    for fit in fits:
        torch.manual_seed(member)
        network, settings = make(fit.settings).to(fit.total.device), fit.settings
        share(network, replay)
        optimiser = AdamW(network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay)
        by_labels[fit.labels].append((fit, network, optimiser))
    for _ in range(fits[0].settings.epochs):
        replay.next_step()
        hidden = draw(len(fits[0].labels.known))
        for labels, learners in by_labels.items():
            hide = labels.known[hidden.to(labels.known.device)]
            seen, target = see(labels.hot.index_fill(0, hide, 0), hide), labels.target[hide]
            for _, network, optimiser in learners:
                replay.next_network()
                loss = nn.functional.cross_entropy(network(*seen), target)
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
    with torch.no_grad():
        for labels, learners in by_labels.items():
            seen = see(labels.hot, slice(None))
            for fit, network, _ in learners:
                fit.total.add_(torch.softmax(network.eval()(*seen), dim=1))
