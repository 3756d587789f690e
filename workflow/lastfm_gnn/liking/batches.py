"""What the networks of liking scores learn from, as tensors: the graph of the known scores, and pairs next to it."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import scipy.sparse as sp
import torch
from sklearn.preprocessing import normalize
from sklearn.utils import gen_batches
from torch import Tensor

from lastfm_gnn.core.device import resolve
from lastfm_gnn.core.sparse import SparseMatrix, sparse_one_hot
from lastfm_gnn.data.listens import Pairs, ScoredPairs
from lastfm_gnn.liking.context import Context
from lastfm_gnn.liking.features import Neighbours, pair_features, side_of
from lastfm_gnn.liking.folds import folds, some_validation
from lastfm_gnn.liking.problem import LikingProblem
from lastfm_gnn.liking.side import SideContext

LARGEST = 6  # standardised inputs are cut at ± this
BATCH = 1 << 15  # pairs of a step, at most
PART = 1 << 20  # edges in a part of a graph


@dataclass(frozen=True)
class Around:
    """P places next to T pairs, each one of E edges: features (P, F); edges (P, E), to give each place its edge's
    values; sums (T, P), over the places of each pair."""

    features: Tensor
    edges: SparseMatrix
    sums: SparseMatrix


@dataclass(frozen=True)
class EdgePart:
    """Some edges, e of them, in their order: of_user (e, N) and of_artist (e, A), to give each its node's values."""

    edges: slice
    of_user: SparseMatrix
    of_artist: SparseMatrix


@dataclass(frozen=True)
class Graph:
    """N users, A artists and E edges, the known scores; all features are standardised.

    edge_features (E, F); users (N, F), artists (A, F); parts: of the edges; user_means (N, E) and artist_means
    (A, E), over each node's edges.
    """

    edge_features: Tensor
    users: Tensor
    artists: Tensor
    parts: list[EdgePart]
    user_means: SparseMatrix
    artist_means: SparseMatrix

    def means(self, of_edges: Tensor) -> tuple[Tensor, Tensor]:
        """Means over each user's and each artist's edges, (N, F) and (A, F), of (E, F)."""
        return self.user_means @ of_edges, self.artist_means @ of_edges

    def from_users(self, states: Tensor) -> Tensor:
        """(E, F): of each edge, the state of its user, (N, F)."""
        return torch.cat([part.of_user @ states for part in self.parts])

    def from_artists(self, states: Tensor) -> Tensor:
        """(E, F): of each edge, the state of its artist, (A, F)."""
        return torch.cat([part.of_artist @ states for part in self.parts])


@dataclass(frozen=True)
class Known:
    """Known scores as features of pairs are made from them, and as networks see them."""

    context: Context
    side: SideContext | None
    graph: Graph


@dataclass(frozen=True)
class Batch:
    """T pairs to predict next to a graph. All features are standardised.

    statistics and propagated (T, F) of the pairs; user_index, artist_index (T,); base, spread, weight (T,), as
    PairFeatures; of_user and of_artist: None for a network that does not look at neighbours.
    """

    graph: Graph
    statistics: Tensor
    propagated: Tensor
    user_index: Tensor
    artist_index: Tensor
    base: Tensor
    spread: Tensor
    weight: Tensor
    of_user: Around | None
    of_artist: Around | None

    def of_pairs(self, kernels: int) -> Tensor:
        """(T, F): the pairs' statistics and, with `kernels`, what was propagated to them."""
        return torch.cat([self.statistics, self.propagated], 1) if kernels else self.statistics


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

    def _around(self, name: str, near: Neighbours | None, pairs: int, edges: int) -> Around | None:
        if not near:
            return None
        features = self._standard(name, np.column_stack(list(near.features.values())))
        sums = sparse_one_hot(near.pair, pairs).T
        return Around(features, self._sparse(sparse_one_hot(near.edge, edges)), self._sparse(sums))

    def known(self, edges: ScoredPairs) -> Known:
        """The known scores `edges`."""
        context = Context.build(self.problem.users, self.problem.artists, edges, self.problem.side)
        side = side_of(context)
        of_edges = [context.standard, context.residual, context.edges.liking, context.place]
        if side:
            of_edges.append(side.edge_tags)
        user = sparse_one_hot(context.edges.user, context.users)
        artist = sparse_one_hot(context.edges.artist, context.artists)
        graph = Graph(
            self._standard("edges", np.column_stack(of_edges)),
            self._standard("users", context.user_statistics),
            self._standard("artists", context.artist_statistics),
            [
                EdgePart(some, self._sparse(user[some]), self._sparse(artist[some]))
                for some in gen_batches(len(context.edges), PART)
            ],
            self._sparse(normalize(user.T, "l1")),
            self._sparse(normalize(artist.T, "l1")),
        )
        return Known(context, side, graph)

    @cached_property
    def all_known(self) -> Known:
        """The scores of the training part, which are known in validation and to whoever asks for predictions."""
        return self.known(self.problem.train)

    def batch(self, known: Known, pairs: Pairs) -> Batch:
        """The batch of `pairs`, whose features come from the known scores."""
        features = pair_features(known.context, known.side, pairs, self.neighbours)
        count = len(pairs), len(known.context.edges)
        return Batch(
            known.graph,
            self._standard("statistics", features.statistics),
            self._standard("propagated", features.propagated),
            self._tensor(pairs.user),
            self._tensor(pairs.artist),
            self._tensor(features.base.astype(np.float32)),
            self._tensor(features.spread.astype(np.float32)),
            self._tensor(features.weight.astype(np.float32)),
            self._around("of_user", features.of_user, *count),
            self._around("of_artist", features.of_artist, *count),
        )


def liking(pairs: ScoredPairs, device: torch.device) -> Tensor:
    return torch.from_numpy(pairs.liking.astype(np.float32)).to(device)


@lru_cache(maxsize=1)
def batches_of(
    problem: LikingProblem, seed: int, neighbours: bool
) -> tuple[BatchMaker, Batch, list[tuple[Batch, Tensor]]]:
    """BatchMaker, the validation pairs, and batches of the folds that the seed draws: computed once for all members,
    and for all settings that are tried in a process."""
    inputs = BatchMaker(problem, neighbours, {})
    valid = inputs.batch(inputs.all_known, some_validation(problem.validation))
    batches = []
    for edges, hidden in folds(problem.train, seed):
        known = inputs.known(edges)
        for some in gen_batches(len(hidden), BATCH):
            pairs = hidden.take(some)
            batches.append((inputs.batch(known, pairs), liking(pairs, inputs.device)))
    return inputs, valid, batches
