"""A problem of ranking, and what a model makes of it.

A model is a file of ranking/models: a dataclass Settings and fit(problem, settings, seed) -> (U, A), the higher the
sooner. What a user has in train is masked by the caller. A model that is trained in steps may yield (step, (U, A))
instead, once for each step at which its training may stop: the caller chooses among them on validation, which no
model sees.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from lastfm_gnn.core.program import InputError
from lastfm_gnn.data.listens import Side

LEAGUES = ("listens", "friends", "side", "own_tags")  # what is known beside listens


@dataclass(frozen=True, eq=False)
class RankingProblem:
    """listens (U, A): plays in train; side: friends and tags, None in the league of listens."""

    listens: sp.csr_array
    side: Side | None = None
    league: str = "listens"

    @property
    def known_side(self) -> Side:
        """For models that cannot do without. Raises InputError in the league of listens."""
        if self.side is None:
            raise InputError(f"config: a model that looks at friends or tags plays in the league {self.league}")
        return self.side


Steps = Iterator[tuple[int, np.ndarray]]


def by_step(scores: np.ndarray | Steps) -> Iterator[tuple[dict[str, int], np.ndarray]]:
    """Yields ({}, scores (U, A)) of a model without steps, else ({"step": step}, scores) of each."""
    if isinstance(scores, np.ndarray):
        yield {}, scores
    else:
        for step, of_step in scores:
            yield {"step": step}, of_step
