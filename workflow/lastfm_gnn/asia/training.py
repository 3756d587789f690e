"""Trains a network of users under either protocol. Knows users, blocks and tasks; no file or config."""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor

from lastfm_gnn.asia.networks import Block, UserInputs, UserNetwork, blocks
from lastfm_gnn.asia.tasks import ArtistTask, RegionTask
from lastfm_gnn.core.optimisers import Adam
from lastfm_gnn.core.saved_training import SavedTraining
from lastfm_gnn.metrics import selection


@dataclass(frozen=True)
class Users:
    """Rows of the users of a split: those that train, those that validate (of folds, none under published), and those
    that are scored in the end."""

    train: np.ndarray
    valid: np.ndarray
    scored: np.ndarray


class Trainer:
    """A network, its inputs (hidden for users where `shown` is 0), and the adjacency [target, source] it sees. The
    network and the inputs are on one device."""

    def __init__(
        self,
        network: UserNetwork,
        inputs: UserInputs,
        adjacency: sp.csr_array,
        task: RegionTask | ArtistTask,
        learning_rate: float,
        weight_decay: float,
        dropout_at_test: bool = False,
    ):
        self.network, self.inputs, self.adjacency, self.task = network, inputs, adjacency, task
        self.dropout_at_test, self.device = dropout_at_test, network.output_bias.device
        self.optimiser = Adam(network.parameters(), learning_rate, weight_decay=weight_decay, fused=True)

    def layers(self, users: np.ndarray) -> tuple[list[Block], np.ndarray]:
        return blocks(self.adjacency, users, self.network.depth, self.device)

    def shown_but(self, *hidden: np.ndarray) -> Tensor:
        """(N,): 0 for those users, 1 for the others."""
        shown = torch.ones(self.adjacency.shape[0])
        shown[torch.from_numpy(np.concatenate(hidden))] = 0
        return shown.to(self.device)

    def step(self, users: np.ndarray, layers: tuple[list[Block], np.ndarray], shown: Tensor) -> float:
        """One full-batch step on users (U,); its loss."""
        self.network.train()
        loss = self.task.loss(self.network(self.inputs, shown, *layers), users)
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        return loss.item()

    def state(self) -> dict:
        return {"network": self.network.state_dict(), "optimiser": self.optimiser.state_dict()}

    def restore(self, state: dict) -> None:
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])

    @torch.no_grad()
    def predict(self, layers: tuple[list[Block], np.ndarray], shown: Tensor) -> np.ndarray:
        """Probabilities (U, outputs) for the users that the layers end at."""
        self.network.train(self.dropout_at_test)
        return self.task.probabilities(self.network(self.inputs, shown, *layers))


def train_published(
    trainer: Trainer,
    users: Users,
    epochs: int,
    report: Callable[[dict], None],
    saved_training: SavedTraining | None = None,
) -> tuple[np.ndarray, list[dict]]:
    """As the notebooks: no validation, the last epoch. Probabilities of users.scored, and a row an epoch.

    Regions: the loss is masked, features are everybody's. Artists: the training part is cut once into context and
    targets, 9 to 1; the likes of targets and scored users are hidden from all, in training and when users are
    scored.
    """
    known = users.train
    targets, shown = known, trainer.shown_but(np.array([], dtype=int))
    if isinstance(trainer.task, ArtistTask):
        targets = np.sort(known[torch.randperm(len(known)).numpy()[: len(known) // 10]])
        shown = trainer.shown_but(targets, users.valid, users.scored)
    layers = trainer.layers(targets)
    history: list[dict] = []
    if saved_training and (saved := saved_training.load()):
        trainer.restore(saved["trainer"])
        history = saved["history"]
    for epoch in range(len(history) + 1, epochs + 1):
        history.append({"epoch": epoch, "train_loss": trainer.step(targets, layers, shown)})
        report(history[-1])
        if saved_training and saved_training.is_due:
            saved_training.save(trainer=trainer.state(), history=history)
    return trainer.predict(trainer.layers(users.scored), shown), history


def train_strict(
    trainer: Trainer,
    users: Users,
    epochs: int,
    hidden_share: float,
    report: Callable[[dict], None],
    saved_training: SavedTraining | None = None,
) -> tuple[np.ndarray, np.ndarray, list[dict]]:
    """Probabilities of users.scored and of users.valid at the epoch that scores best on validation; a row an epoch.

    Artists: every epoch hides `hidden_share` of the training users anew and takes the loss on them; validation
    sees the training users' likes, the users scored in the end those of validation, too. Regions: features are
    everybody's, and every training user is a target in every epoch.
    """
    task, masked = trainer.task, isinstance(trainer.task, ArtistTask)
    task.start(trainer.network, users.train)
    everybody = trainer.shown_but(np.array([], dtype=int))
    unseen = trainer.shown_but(users.valid, users.scored) if masked else everybody
    valid_layers = trainer.layers(users.valid)
    targets, shown, layers = users.train, everybody, trainer.layers(users.train)
    best, best_state = -np.inf, dict[str, Tensor]()
    history: list[dict] = []
    if saved_training and (saved := saved_training.load()):
        trainer.restore(saved["trainer"])
        history, best, best_state = saved["history"], saved["best"], saved["best_state"]
    for epoch in range(len(history) + 1, epochs + 1):
        if masked:
            count = max(1, int(hidden_share * len(users.train)))
            targets = users.train[torch.randperm(len(users.train)).numpy()[:count]]
            shown = trainer.shown_but(targets, users.valid, users.scored)
            layers = trainer.layers(targets)
        row = {"epoch": epoch, "train_loss": trainer.step(targets, layers, shown)}
        seen = trainer.predict(valid_layers, unseen)
        row[f"valid_{task.name}"] = task.score(seen, users.valid) if np.isfinite(seen).all() else np.nan
        history.append(row)
        report(row)
        if row[f"valid_{task.name}"] > best:
            best, best_state = row[f"valid_{task.name}"], copy.deepcopy(trainer.network.state_dict())
        if saved_training and saved_training.is_due:
            saved_training.save(trainer=trainer.state(), history=history, best=best, best_state=best_state)
    trainer.network.load_state_dict(selection.trained(best_state))
    final = trainer.shown_but(users.scored) if masked else everybody
    return trainer.predict(trainer.layers(users.scored), final), trainer.predict(valid_layers, unseen), history
