"""Baseline: a factorisation machine of second order (Rendle, 2010, eq. 1) on one-hot users and artists.

With side information, also on the tags that the user gave the artist and on the user's friends, each of n with the
value 1 / n. A feature has a bias and a vector; a score is the mean, the biases, and the dot products of all pairs of
vectors, each times the features' values.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor, nn

from lastfm_gnn.core.device import resolve
from lastfm_gnn.core.members import member_seeds
from lastfm_gnn.core.optimisers import Adam
from lastfm_gnn.core.sparse import SparseMatrix, sparse_one_hot
from lastfm_gnn.data.listens import Pairs
from lastfm_gnn.liking.problem import Fitted, LikingProblem
from lastfm_gnn.metrics import selection

SCALE = 0.01  # standard deviation of the first vectors
MEASURED = 5  # steps between looks at validation


@dataclass(frozen=True)
class Settings:
    """members: number of machines. Of each: dimensions of its vectors, penalties of the squares of biases and of
    vectors, and its training."""

    dimensions: int
    bias_penalty: float
    penalty: float
    learning_rate: float
    steps: int
    members: int


def interactions(parts: list[Tensor], squares: list[Tensor]) -> Tensor:
    """(T,): Σ_{i<j} <v_i, v_j> x_i x_j, as half of |Σ v_i x_i|² - Σ |v_i|² x_i² (Rendle, 2010, lemma 3.1).

    parts: Σ v_i x_i (T, d) of each group of features; squares: Σ v_i² x_i² (T, d) of each.
    """
    return 0.5 * (reduce(torch.add, parts).square() - reduce(torch.add, squares)).sum(1)


def shares(matrix: sp.csr_array) -> sp.csr_array:
    """Each row's entries divided by their number."""
    count = np.diff(matrix.indptr)
    return (sp.diags_array(1 / np.maximum(count, 1)) @ matrix).tocsr()


def groups(problem: LikingProblem, pairs: Pairs) -> Iterator[sp.csr_array]:
    """(T, features) of each group: users, artists and, with side information, tags and friends."""
    yield sparse_one_hot(pairs.user, problem.users)
    yield sparse_one_hot(pairs.artist, problem.artists)
    if side := problem.side:
        tagged = side.tag_user * problem.artists + side.tag_artist
        keys, place = np.unique(tagged, return_inverse=True)
        size = (len(keys) + 1, int(side.tag.max()) + 1)  # the last row is of pairs without a tag
        tags = sp.csr_array((np.ones(len(tagged), dtype=np.float32), (place, side.tag)), size)
        pair_keys = pairs.user * problem.artists + pairs.artist
        place_of_pair = np.searchsorted(keys, pair_keys).clip(max=len(keys) - 1)
        yield shares(tags)[np.where(keys[place_of_pair] == pair_keys, place_of_pair, len(keys))]
        yield shares(side.friends)[pairs.user]


class Machine(nn.Module):
    """tables: for each group of features, biases and vectors (features, 1 + d); mean: of the training scores."""

    mean: Tensor

    def __init__(self, sizes: list[int], dimensions: int, mean: float):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32))
        starts = [torch.cat([torch.zeros(n, 1), SCALE * torch.randn(n, dimensions)], 1) for n in sizes]
        self.tables = nn.ParameterList(starts)

    def forward(self, inputs: list[SparseMatrix], squared: list[SparseMatrix]) -> Tensor:
        """Liking (T,); inputs: (T, features) of each group; squared: their squares."""
        sums = [matrix @ table for matrix, table in zip(inputs, self.tables, strict=True)]
        squares = [matrix @ table[:, 1:].square() for matrix, table in zip(squared, self.tables, strict=True)]
        biases = sum(part[:, 0] for part in sums)
        return self.mean + biases + interactions([part[:, 1:] for part in sums], squares)


def matrices(problem: LikingProblem, pairs: Pairs) -> tuple[list[SparseMatrix], list[SparseMatrix]]:
    parts = list(groups(problem, pairs))
    device = resolve(problem.device)
    return [SparseMatrix(part, device) for part in parts], [SparseMatrix(part.power(2), device) for part in parts]


def train(problem: LikingProblem, settings: Settings, seed: int) -> dict[str, Tensor]:
    """Adam on all training pairs a step: sum of squared errors + penalties · squares of biases and of vectors.

    Returns the weights of the step of the least validation error.
    """
    torch.manual_seed(seed)
    device = resolve(problem.device)
    inputs, (held_out, held_out_squared) = matrices(problem, problem.train), matrices(problem, problem.validation)
    liking, valid_liking = (
        torch.from_numpy(part.liking.astype(np.float32)).to(device) for part in (problem.train, problem.validation)
    )
    sizes = [matrix.forward.shape[1] for matrix in inputs[0]]
    machine = Machine(sizes, settings.dimensions, float(problem.train.liking.mean())).to(device)
    penalties = torch.tensor([settings.bias_penalty, *[settings.penalty] * settings.dimensions]) / len(liking)
    penalties = penalties.to(device)
    optimizer = Adam(machine.parameters(), settings.learning_rate)
    least, best = np.inf, dict[str, Tensor]()
    for step in range(settings.steps):
        loss = (machine(*inputs) - liking).square().mean()
        loss = loss + sum((table.square() * penalties).sum() for table in machine.tables)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if (step + 1) % MEASURED == 0 or step + 1 == settings.steps:
            with torch.no_grad():
                error = (machine(held_out, held_out_squared) - valid_liking).square().mean().item()
            if error < least:
                least, best = error, {name: value.clone() for name, value in machine.state_dict().items()}
    return selection.trained(best)


def fit(problem: LikingProblem, settings: Settings, seed: int, trained: dict | None = None) -> Fitted:
    """The mean of machines from starts of their own. trained: tables of an earlier fit; a user who came later has a
    vector of zeros. Memory grows with the listens, time with listens · dimensions · steps · members."""
    seeds = member_seeds(seed, settings.members)
    kept = trained or {"machines": [train(problem, settings, number) for number in seeds]}

    def predict(pairs: Pairs) -> np.ndarray:
        device = resolve(problem.device)
        inputs, squared = matrices(problem, pairs)
        predictions = []
        for weights in kept["machines"]:
            machine = Machine([matrix.forward.shape[1] for matrix in inputs], settings.dimensions, 0.0).to(device)
            with torch.no_grad():
                machine.mean.copy_(weights["mean"])
                for number, table in enumerate(machine.tables):
                    known = weights[f"tables.{number}"]
                    table.zero_()[: len(known)] = known
                predictions.append(machine(inputs, squared).cpu().numpy())
        return np.stack(predictions).mean(0, dtype=np.float64)

    return Fitted(predict, trained=kept)
