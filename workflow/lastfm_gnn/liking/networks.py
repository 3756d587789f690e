"""What the networks of liking scores share: the decoder, and the training by hidden folds."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from lastfm_gnn.core.dropout import Dropout
from lastfm_gnn.core.members import member_seeds
from lastfm_gnn.core.optimisers import AdamW
from lastfm_gnn.data.listens import Pairs
from lastfm_gnn.liking.batches import Batch, BatchMaker, Graph, Known, batches_of, liking
from lastfm_gnn.liking.problem import Fitted, LikingProblem
from lastfm_gnn.liking.room import expect_features
from lastfm_gnn.metrics import selection

RESIDUAL = 0.1  # about the standard deviation of what biases leave
DECAY = 0.98  # of the moving average of the weights, a step
LISTEN = 6000  # bytes of a listen in all folds' batches and a step of training, measured
MEASURED = 20  # steps between looks at validation


@dataclass(frozen=True)
class NetworkSettings:
    """Of every network of liking scores. kernels: 1 if the decoder sees what was propagated to a pair, 0 if not;
    hidden, dropout: of the decoder; steps, learning_rate, weight_decay: of the training; members: how many networks
    are averaged."""

    kernels: int
    hidden: int
    dropout: float
    steps: int
    learning_rate: float
    weight_decay: float
    members: int


@dataclass(frozen=True)
class MessageSettings(NetworkSettings):
    """width: of the states that messages change; rounds: of messages."""

    width: int
    rounds: int


def mlp(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, hidden), nn.SiLU(), nn.Linear(hidden, outputs))


class LikingNetwork(nn.Module):
    """Predicts pairs next to a graph in two steps, of which the first does not know the pairs."""

    @abstractmethod
    def encode(self, graph: Graph) -> tuple[Tensor, ...]:
        """What pairs are decoded with: states of the graph's users, artists or edges."""

    @abstractmethod
    def decode(self, batch: Batch, encoded: tuple[Tensor, ...]) -> Tensor:
        """Liking (T,) of the batch's pairs; encoded: of its graph."""

    def forward(self, batch: Batch) -> Tensor:
        """Liking (T,)."""
        return self.decode(batch, self.encode(batch.graph))


class Decoder(nn.Module):
    """liking = biases + .1 o_1 + spread o_2, which starts as the biases alone."""

    def __init__(self, inputs: int, hidden: int, dropout: float):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Linear(inputs, hidden), nn.SiLU(), Dropout(dropout)),
            *(nn.Linear(hidden, hidden), nn.SiLU(), Dropout(dropout)),
            nn.Linear(hidden, 2),
        )
        nn.init.zeros_(self.layers[-1].get_parameter("weight"))
        nn.init.zeros_(self.layers[-1].get_parameter("bias"))

    def forward(self, batch: Batch, inputs: Tensor) -> Tensor:
        """(T,) from inputs (T, F)."""
        first, second = self.layers(inputs).unbind(1)
        return batch.base + RESIDUAL * first + batch.spread * second


def train(
    network: nn.Module,
    batches: list[tuple[Batch, Tensor]],
    valid: Batch,
    valid_liking: Tensor,
    settings: NetworkSettings,
    seed: int,
) -> list[dict]:
    """Train by AdamW on one fold a step, by weighted squares, and leave the network with the moving average of its
    weights that does best on validation. Returns a row every 20 steps.
    """
    optimizer = AdamW(network.parameters(), settings.learning_rate, weight_decay=settings.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, settings.learning_rate, total_steps=settings.steps, pct_start=0.2
    )
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(DECAY))
    random = np.random.default_rng(seed)
    history: list[dict] = []
    least, best = np.inf, dict[str, Tensor]()
    for step in range(settings.steps):
        if step % len(batches) == 0:
            order = random.permutation(len(batches))
        batch, liking = batches[order[step % len(batches)]]
        network.train()
        loss = (batch.weight * (network(batch) - liking).square()).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        average.update_parameters(network)
        if (step + 1) % MEASURED == 0 or step + 1 == settings.steps:
            average.eval()
            with torch.no_grad():
                error = average(valid) - valid_liking
            row = {"epoch": step + 1, "train_mse": loss.item(), "valid_mse": error.square().mean().item()}
            history.append(row | {"learning_rate": schedule.get_last_lr()[0]})
            if row["valid_mse"] <= least:
                least = row["valid_mse"]
                best = {name: value.clone() for name, value in average.module.state_dict().items()}
    network.load_state_dict(selection.trained(best))
    network.eval()
    return history


def fit_networks(
    build: Callable[[Batch], LikingNetwork],
    problem: LikingProblem,
    settings: NetworkSettings,
    seed: int,
    trained: dict | None,
    neighbours: bool = False,
) -> Fitted:
    """The mean of networks, each with first weights and an order of the folds of its own, made by `build` for batches
    like the one given; see train(). trained: scales and weights of an earlier fit, to be used as they are.
    neighbours: whether the networks look at a pair's neighbours one by one.

    Memory grows as that of the features (room.py), and with the listens; time with an artist's listeners, summed over
    the listens, with U³, and with listens · steps · members. Raises InputError where that does not fit."""
    expect_features(problem, LISTEN)
    torch.manual_seed(seed)
    if trained:
        return Fitted(kept_networks(build, problem, trained, neighbours), trained=trained)
    made, histories = [], []
    inputs, valid, batches = batches_of(problem, seed, neighbours)
    for number in member_seeds(seed, settings.members):
        made.append(build(valid).to(inputs.device))
        valid_liking = liking(problem.validation, inputs.device)
        histories.append(train(made[-1], batches, valid, valid_liking, settings, number))

    def predict(pairs: Pairs) -> np.ndarray:
        batch = inputs.batch(inputs.known(problem.train), pairs)
        with torch.no_grad():
            return mean([network(batch) for network in made])

    weights = {"scales": inputs.scales, "networks": [network.state_dict() for network in made]}
    return Fitted(predict, histories[0], weights)


def kept_networks(
    build: Callable[[Batch], LikingNetwork], problem: LikingProblem, trained: dict, neighbours: bool
) -> Callable[[Pairs], np.ndarray]:
    """Predictions of networks that were trained before. All that the known scores alone decide is computed for the
    first pairs and kept: features, graph, and what the networks encode of it."""
    inputs = BatchMaker(problem, neighbours, dict(trained["scales"]))
    encoded: list[tuple[LikingNetwork, tuple[Tensor, ...]]] = []

    @cache
    def known() -> Known:
        return inputs.known(problem.train, lasting=True)

    def predict(pairs: Pairs) -> np.ndarray:
        batch = inputs.batch(known(), pairs)
        with torch.no_grad():
            if not encoded:  # inputs have the sizes of the first batch
                for weights in trained["networks"]:
                    network = build(batch).to(inputs.device).eval()
                    network.load_state_dict(weights)
                    encoded.append((network, network.encode(batch.graph)))
            return mean([network.decode(batch, states) for network, states in encoded])

    return predict


def mean(outputs: list[Tensor]) -> np.ndarray:
    """(T,), in double precision, of several networks' (T,)."""
    return np.stack([output.cpu().numpy() for output in outputs]).mean(0, dtype=np.float64)
