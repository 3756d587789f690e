"""What the networks of liking scores share: the decoder, and the training by hidden folds."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from lastfm_gnn.core.dropout import Dropout
from lastfm_gnn.core.members import member_seeds
from lastfm_gnn.core.optimisers import AdamW
from lastfm_gnn.data.listens import Pairs
from lastfm_gnn.liking.batches import Batch, BatchMaker, Graph, batches_of, liking
from lastfm_gnn.liking.folds import some_validation
from lastfm_gnn.liking.problem import Fitted, LikingProblem, in_blocks
from lastfm_gnn.liking.room import expect_features
from lastfm_gnn.metrics import selection

RESIDUAL = 0.1  # about the standard deviation of what biases leave
DECAY = 0.98  # of the moving average of the weights, a step
# Bytes, measured.
PAIR, ATTENDED = 600, 2600  # of a pair in a batch, without and with its neighbours
GRAPH = 100  # of a known listen in a graph
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

    @property
    def numbers(self) -> int:
        """Of all states of an edge."""
        return self.width * (1 + self.rounds)


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
    """Train by AdamW on one batch a step, by weighted squares, and leave the network with the moving average of its
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
    step: int = 0,
) -> Fitted:
    """The mean of networks, each with first weights and an order of the batches of its own, made by `build` for
    batches like the one given; see train(). trained: scales and weights of an earlier fit, to be used as they are.
    neighbours: whether the networks look at a pair's neighbours one by one; step: bytes of a known listen in a step.

    Memory grows with the listens, up to DENSE_USERS also with U²; time with listens · steps · members, up to
    DENSE_USERS also with U³. Raises InputError where that does not fit (room.py)."""
    expect_features(problem, ATTENDED if neighbours else PAIR, GRAPH, step)
    torch.manual_seed(seed)
    if trained:
        return Fitted(kept_networks(build, problem, trained, neighbours), trained=trained)
    made, histories = [], []
    inputs, valid, batches = batches_of(problem, seed, neighbours)
    for number in member_seeds(seed, settings.members):
        made.append(build(valid).to(inputs.device))
        valid_liking = liking(some_validation(problem.validation), inputs.device)
        histories.append(train(made[-1], batches, valid, valid_liking, settings, number))

    weights = {"scales": inputs.scales, "networks": [network.state_dict() for network in made]}
    return Fitted(predictions(inputs, lambda _: made), histories[0], weights)


def predictions(
    inputs: BatchMaker, networks_of: Callable[[Batch], list[LikingNetwork]]
) -> Callable[[Pairs], np.ndarray]:
    """The mean of trained networks, which are asked for with a batch. All that the known scores alone decide is
    computed for the first pairs and kept: features, graph, and what the networks encode of it."""
    encoded: list[tuple[LikingNetwork, tuple[Tensor, ...]]] = []

    @in_blocks
    @torch.no_grad()
    def predict(pairs: Pairs) -> np.ndarray:
        batch = inputs.batch(inputs.all_known, pairs)
        if not encoded:
            encoded.extend((network, network.encode(batch.graph)) for network in networks_of(batch))
        return mean([network.decode(batch, states) for network, states in encoded])

    return predict


def kept_networks(
    build: Callable[[Batch], LikingNetwork], problem: LikingProblem, trained: dict, neighbours: bool
) -> Callable[[Pairs], np.ndarray]:
    """Predictions of networks that were trained before."""
    inputs = BatchMaker(problem, neighbours, dict(trained["scales"]))

    def networks_of(batch: Batch) -> list[LikingNetwork]:
        made = []
        for weights in trained["networks"]:
            made.append(build(batch).to(inputs.device).eval())
            made[-1].load_state_dict(weights)
        return made

    return predictions(inputs, networks_of)


def mean(outputs: list[Tensor]) -> np.ndarray:
    """(T,), in double precision, of several networks' (T,)."""
    return np.stack([output.cpu().numpy() for output in outputs]).mean(0, dtype=np.float64)
