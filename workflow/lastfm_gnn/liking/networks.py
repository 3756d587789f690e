"""What the networks of liking scores share: inputs as tensors, the decoder, and the training by hidden folds."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.sparse as sp
import torch
from sklearn.preprocessing import normalize
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from lastfm_gnn.core.device import resolve
from lastfm_gnn.core.dropout import Dropout
from lastfm_gnn.core.members import member_seeds
from lastfm_gnn.core.optimisers import AdamW
from lastfm_gnn.core.sparse import SparseMatrix, sparse_one_hot
from lastfm_gnn.data.listens import Pairs, ScoredPairs
from lastfm_gnn.liking.context import Context, folds, largest
from lastfm_gnn.liking.features import Neighbours, pair_features
from lastfm_gnn.liking.problem import Fitted, LikingProblem
from lastfm_gnn.liking.room import expect_features
from lastfm_gnn.metrics import selection

LARGEST = 6  # standardised inputs are cut at ± this
RESIDUAL = 0.1  # about the standard deviation of what biases leave
DECAY = 0.98  # of the moving average of the weights, a step
NEAREST = 12  # neighbours of either kind that a pair attends over
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


@dataclass(frozen=True)
class Around:
    """P places next to T pairs, each one of E edges: features (P, F); edges (P, E), to give each place its edge's
    values; sums (T, P), over the places of each pair."""

    features: Tensor
    edges: SparseMatrix
    sums: SparseMatrix


@dataclass(frozen=True)
class Batch:
    """T pairs to predict and the graph around them: N users, A artists and E edges. All features are standardised.

    statistics and propagated (T, F) of the pairs; user_index, artist_index (T,); base, spread, weight (T,), as
    PairFeatures; edge_features (E, F); users (N, F), artists (A, F); edges_user (E, N) and edges_artist (E, A), to
    give each edge its node's values; user_means (N, E) and artist_means (A, E), over each node's edges; of_user and
    of_artist: None for a network that does not look at neighbours.
    """

    statistics: Tensor
    propagated: Tensor
    user_index: Tensor
    artist_index: Tensor
    base: Tensor
    spread: Tensor
    weight: Tensor
    edge_features: Tensor
    users: Tensor
    artists: Tensor
    edges_user: SparseMatrix
    edges_artist: SparseMatrix
    user_means: SparseMatrix
    artist_means: SparseMatrix
    of_user: Around | None
    of_artist: Around | None

    def of_pairs(self, kernels: int) -> Tensor:
        """(T, F): the pairs' statistics and, with `kernels`, what was propagated to them."""
        return torch.cat([self.statistics, self.propagated], 1) if kernels else self.statistics

    def means(self, of_edges: Tensor) -> tuple[Tensor, Tensor]:
        """Means over each user's and each artist's edges, (N, F) and (A, F), of (E, F)."""
        return self.user_means @ of_edges, self.artist_means @ of_edges


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


def nearest(near: Neighbours) -> np.ndarray:
    """Places of the NEAREST most alike neighbours of each pair, in the order of the pairs."""
    alike = near.features["cosine"] + 1e-3 * near.features["spectral"]
    return largest(alike, near.pair, NEAREST)


class BatchMaker:
    """Batches of a problem's pairs on its device, standardised by scales, name -> (mean, deviation), or else by the
    first batch."""

    def __init__(self, problem: LikingProblem, neighbours: bool, scales: dict[str, tuple[Tensor, Tensor]]):
        self.problem, self.neighbours, self.scales = problem, neighbours, scales
        self.device = resolve(problem.device)

    def _tensor(self, values: np.ndarray) -> Tensor:
        return torch.from_numpy(values).to(self.device)

    def _sparse(self, matrix: sp.sparray) -> SparseMatrix:
        return SparseMatrix(matrix, self.device)

    def _standard(self, name: str, values: np.ndarray) -> Tensor:
        if name not in self.scales:
            self.scales[name] = torch.from_numpy(values.mean(0)), torch.from_numpy(values.std(0) + 1e-6)
        mean, deviation = self.scales[name]
        return ((torch.from_numpy(values) - mean) / deviation).clamp(-LARGEST, LARGEST).float().to(self.device)

    def _around(self, name: str, near: Neighbours, pairs: int, edges: int) -> Around | None:
        if not self.neighbours:
            return None
        kept = nearest(near)
        features = self._standard(name, np.column_stack([values[kept] for values in near.features.values()]))
        sums = sparse_one_hot(near.pair[kept], pairs).T
        return Around(features, self._sparse(sparse_one_hot(near.edge[kept], edges)), self._sparse(sums))

    def batch(self, edges: ScoredPairs, pairs: Pairs) -> Batch:
        """The batch of `pairs`, whose features come from the known scores `edges`."""
        context = Context.build(self.problem.users, self.problem.artists, edges, self.problem.side)
        features = pair_features(context, pairs)
        of_edges = [context.standard, context.residual, context.edges.liking, context.place]
        if features.edge_tags is not None:
            of_edges.append(features.edge_tags)

        user = sparse_one_hot(context.edges.user, context.users)
        artist = sparse_one_hot(context.edges.artist, context.artists)
        count = len(pairs), len(edges)
        return Batch(
            self._standard("statistics", features.statistics),
            self._standard("propagated", features.propagated),
            self._tensor(pairs.user),
            self._tensor(pairs.artist),
            self._tensor(features.base.astype(np.float32)),
            self._tensor(features.spread.astype(np.float32)),
            self._tensor(features.weight.astype(np.float32)),
            self._standard("edges", np.column_stack(of_edges)),
            self._standard("users", context.user_statistics),
            self._standard("artists", context.artist_statistics),
            self._sparse(user),
            self._sparse(artist),
            self._sparse(normalize(user.T, "l1")),
            self._sparse(normalize(artist.T, "l1")),
            self._around("of_user", features.of_user, *count),
            self._around("of_artist", features.of_artist, *count),
        )


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


def liking(pairs: ScoredPairs, device: torch.device) -> Tensor:
    return torch.from_numpy(pairs.liking.astype(np.float32)).to(device)


@lru_cache(maxsize=1)
def batches_of(
    problem: LikingProblem, seed: int, neighbours: bool
) -> tuple[BatchMaker, Batch, list[tuple[Batch, Tensor]]]:
    """BatchMaker, the validation pairs and the folds that the seed draws: computed once for all members, and for all
    settings that are tried in a process."""
    inputs = BatchMaker(problem, neighbours, {})
    valid = inputs.batch(problem.train, problem.validation)
    batches = [
        (inputs.batch(known, hidden), liking(hidden, inputs.device)) for known, hidden in folds(problem.train, seed)
    ]
    return inputs, valid, batches


def fit_networks(
    build: Callable[[Batch], nn.Module],
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
    made, histories = [], []
    if trained:
        inputs = BatchMaker(problem, neighbours, dict(trained["scales"]))
    else:
        inputs, valid, batches = batches_of(problem, seed, neighbours)
        for number in member_seeds(seed, settings.members):
            made.append(build(valid).to(inputs.device))
            valid_liking = liking(problem.validation, inputs.device)
            histories.append(train(made[-1], batches, valid, valid_liking, settings, number))

    def predict(pairs: Pairs) -> np.ndarray:
        batch = inputs.batch(problem.train, pairs)
        if not made:  # trained before: their inputs have the sizes of the first batch
            for weights in (trained or {})["networks"]:
                made.append(build(batch).to(inputs.device).eval())
                made[-1].load_state_dict(weights)
        with torch.no_grad():
            return np.stack([network(batch).cpu().numpy() for network in made]).mean(0, dtype=np.float64)

    if trained:
        return Fitted(predict, trained=trained)
    weights = {"scales": inputs.scales, "networks": [network.state_dict() for network in made]}
    return Fitted(predict, histories[0], weights)
