"""What the trees of liking scores share: the columns of a pair, and means of members with folds of their own."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from typing import Any, Protocol, TypeVar

import numpy as np

from lastfm_gnn.core.members import member_seeds
from lastfm_gnn.data.listens import Pairs, ScoredPairs
from lastfm_gnn.liking.context import Context
from lastfm_gnn.liking.features import PairFeatures, pair_features, side_of
from lastfm_gnn.liking.folds import folds, some_validation
from lastfm_gnn.liking.problem import Fitted, LikingProblem, in_blocks
from lastfm_gnn.liking.room import expect_features
from lastfm_gnn.liking.side import SideContext

PAIR = 650  # bytes of a pair's columns, in float64
ROUNDS, PATIENCE = 2000, 80  # at most so many trees; so many without a better validation error end it


class Trees(Protocol):
    def predict(self, data: np.ndarray) -> Any: ...


Forest = TypeVar("Forest", bound=Trees)
Kept = TypeVar("Kept")


@dataclass(frozen=True)
class Rows:
    """Pairs to learn from: columns (T, F), residuals (T,) that the biases leave, weights (T,) of their squares."""

    columns: np.ndarray
    residuals: np.ndarray
    weights: np.ndarray


Known = tuple[Context, SideContext | None]


def known_of(problem: LikingProblem, edges: ScoredPairs) -> Known:
    """What features are made from when the scores of `edges` are known."""
    context = Context.build(problem.users, problem.artists, edges, problem.side)
    return context, side_of(context)


def columns(features: PairFeatures) -> np.ndarray:
    """(T, F): all that the networks get of a pair, but its attention's neighbours."""
    return np.column_stack([features.statistics, features.spread, features.propagated])


def _rows(problem: LikingProblem, edges: ScoredPairs, pairs: ScoredPairs) -> Rows:
    features = pair_features(*known_of(problem, edges), pairs)
    return Rows(columns(features), pairs.liking - features.base, features.weight)


@lru_cache(maxsize=1)
def rows_of(problem: LikingProblem, numbers: range) -> tuple[Rows, list[Rows]]:
    """The validation pairs and, for each member, the training pairs by the folds that its number draws, which helps
    trees more than it does networks: computed once for all settings that are tried in a process."""
    members = []
    for number in numbers:
        parts = [_rows(problem, known, hidden) for known, hidden in folds(problem.train, number)]
        members.append(Rows(*(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(Rows))))
    return _rows(problem, problem.train, some_validation(problem.validation)), members


def fit_trees(
    grow: Callable[[Rows, Rows, int], Forest],
    save: Callable[[Forest], Kept],
    load: Callable[[Kept], Forest],
    problem: LikingProblem,
    seed: int,
    members: int,
    trained: dict | None,
) -> Fitted:
    """The mean of so many fits (members), each with folds and a seed of its own.

    grow(train, valid, seed) gives trees of the residuals, by weighted squares, that stop by validation; save and load
    turn them into what is kept and back. trained: what an earlier fit kept.

    Memory and time grow with the listens, up to DENSE_USERS also with U² and U³. Raises InputError where that does
    not fit (room.py).
    """
    expect_features(problem, PAIR * members)
    if trained:
        made = [load(kept) for kept in trained["trees"]]
    else:
        numbers = member_seeds(seed, members)
        valid, parts = rows_of(problem, numbers)
        made = [grow(train, valid, number) for number, train in zip(numbers, parts, strict=True)]

    @cache
    def known() -> Known:
        return known_of(problem, problem.train)

    @in_blocks
    def predict(pairs: Pairs) -> np.ndarray:
        features = pair_features(*known(), pairs)
        inputs = columns(features)
        return features.base + np.mean([trees.predict(inputs) for trees in made], axis=0)

    return Fitted(predict, trained=trained or {"trees": [save(trees) for trees in made]})
