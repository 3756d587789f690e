"""Loss, epoch loop, best epoch by validation. Knows pairs, messages and models; no dataset, file or config."""

import copy
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from lastfm_gnn.core import processes
from lastfm_gnn.core.memory import keep_freed_memory
from lastfm_gnn.core.optimisers import AdamW
from lastfm_gnn.core.saved_training import SavedTraining
from lastfm_gnn.metrics import selection
from lastfm_gnn.metrics.errors import liking_errors
from lastfm_gnn.table1.batches import Neighbours, neighbourhoods
from lastfm_gnn.table1.messages import MessageGraph, Neighbourhood
from lastfm_gnn.table1.protocols import PROTOCOLS


@dataclass(frozen=True)
class DirectedPairs:
    """Edges that are scored: nodes source, target (B,), and their liking (B,) float64."""

    source: Tensor
    target: Tensor
    liking: Tensor

    def __len__(self) -> int:
        return len(self.liking)

    def __getitem__(self, rows: Tensor | slice) -> "DirectedPairs":
        return DirectedPairs(self.source[rows], self.target[rows], self.liking[rows])

    def batches(self, size: int, order: Tensor | None = None) -> Iterator["DirectedPairs"]:
        shuffled = self if order is None else self[order]
        for start in range(0, len(self), size):
            yield shuffled[slice(start, start + size)]


@torch.no_grad()
def predict(
    model: nn.Module, graph: MessageGraph, pairs: DirectedPairs, protocol: str, batch_size: int
) -> np.ndarray:
    """Predicted liking (B,) float64: in batches where a protocol's predictions depend on them, else all at once."""
    model.eval()
    rules = PROTOCOLS[protocol]
    size = batch_size if rules.blocks else len(pairs)
    parts = [model(rules.neighbourhood(graph, batch.source, batch.target)) for batch in pairs.batches(size)]
    return torch.cat(parts).double().cpu().numpy()


def train_epoch(
    model: nn.Module,
    neighbourhood: Callable[..., Neighbourhood],
    pairs: DirectedPairs,
    batch_size: int,
    optimiser: torch.optim.Optimizer,
) -> float:
    """One pass over the shuffled pairs; the mean squared error (training mode) over them.

    Of several processes each scores its part of every batch, and no process sends messages of the batch's pairs.
    """
    model.train()
    total = 0.0
    order = processes.shared_order(len(pairs)).to(pairs.liking.device)
    bar = tqdm(
        pairs.batches(batch_size, order),
        total=math.ceil(len(pairs) / batch_size),
        leave=False,
        disable=not sys.stderr.isatty(),
    )
    for batch in bar:
        if processes.count() == 1:
            predicted = model(neighbourhood(batch.source, batch.target))
            loss = nn.functional.mse_loss(predicted, batch.liking.float())
        else:
            own = batch[slice(processes.number(), None, processes.count())]
            predicted = model(neighbourhood(own.source, own.target, hidden=(batch.source, batch.target)))
            squares = nn.functional.mse_loss(predicted, own.liking.float(), reduction="sum")
            loss = squares * (processes.count() / len(batch))  # the mean over the processes is that over the batch
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        total += loss.item() * len(batch)
    return processes.mean(total / len(pairs))


def train(
    model: nn.Module,
    graph: MessageGraph,
    train_pairs: DirectedPairs,
    valid_pairs: DirectedPairs,
    *,
    protocol: str,
    epochs: int,
    batch_size: int,
    neighbours: Neighbours,
    learning_rate: float,
    weight_decay: float,
    decay: float,
    report: Callable[[dict], None],
    saved_training: SavedTraining | None = None,
) -> tuple[dict[str, Tensor], list[dict]]:
    """AdamW on the mean squared error, its learning rate times `decay` after every epoch. The model, the graph and
    the pairs are on one device.

    Returns the state of the epoch with the lowest validation MSE (the first of equals) and a row for each
    epoch: epoch (from 1), learning_rate, train_mse, valid_mse, valid_mae. Validation has the messages of all
    neighbours, whatever `neighbours` says. `report` gets each row as it comes, and may add to it. `saved_training`
    keeps the state after an epoch: a training that was killed goes on from there.
    Raises InputError where the validation error of every epoch is not finite.
    """
    keep_freed_memory()
    neighbourhood = neighbourhoods(graph, protocol, neighbours)
    optimiser = AdamW(model.parameters(), lr=learning_rate, weight_decay=weight_decay, fused=True)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimiser, gamma=decay)
    learner = processes.averaging(model)
    history: list[dict] = []
    best_mse, best_state = math.inf, None
    if saved_training and (saved := saved_training.load()):
        model.load_state_dict(saved["model"])
        optimiser.load_state_dict(saved["optimiser"])
        schedule.load_state_dict(saved["schedule"])
        history, best_mse, best_state = saved["history"], saved["best_mse"], saved["best_state"]
    for epoch in range(len(history) + 1, epochs + 1):
        row = {"epoch": epoch, "learning_rate": float(schedule.get_last_lr()[0])}
        row["train_mse"] = train_epoch(learner, neighbourhood, train_pairs, batch_size, optimiser)
        predicted = predict(model, graph, valid_pairs, protocol, batch_size)
        errors = liking_errors(valid_pairs.liking.cpu().numpy(), predicted)
        row |= {f"valid_{name}": value for name, value in errors.items()}
        schedule.step()
        history.append(row)
        report(row)
        if row["valid_mse"] < best_mse:
            best_mse, best_state = row["valid_mse"], copy.deepcopy(model.state_dict())
        if saved_training and saved_training.is_due and processes.number() == 0:
            saved_training.save(
                model=model.state_dict(),
                optimiser=optimiser.state_dict(),
                schedule=schedule.state_dict(),
                history=history,
                best_mse=best_mse,
                best_state=best_state,
            )
    return selection.trained(best_state), history
