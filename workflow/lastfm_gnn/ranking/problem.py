"""A problem of ranking, and what a model makes of it.

A model is a file of ranking/models: a dataclass Settings and fit(problem, settings, seed) -> scores (U, A), the
higher the sooner, as an array, or in another form (scores.py). What a user has in train is masked by the caller.
A docstring says how memory and time of a fit grow with U users, A artists and n listens (those of second stages:
learning.py), and a fit asks expect_room, or expect_bytes, before it starts. The lists of the best take time in
U · A, and 128 MiB.

A model that is trained in steps may yield (step, scores) instead, once for each step at which its training may stop:
the caller chooses among them on validation, which no model sees.
"""

from dataclasses import dataclass
from pathlib import Path

import scipy.sparse as sp

from lastfm_gnn.core.memory import expect_room
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data.listens import Side

DENSE_USERS = 1 << 14  # with more users, some models take a form without arrays (U, A) and (U, U)

LIGHTER = "take popularity, als, bpr, bpr_adam, item_knn, lightgcn or xsimgcl, which need less"

LEAGUES = ("listens", "friends", "side", "own_tags")  # what is known beside listens


@dataclass(frozen=True, eq=False)
class RankingProblem:
    """listens (U, A): plays in train; side: friends and tags, None in the league of listens; device: of networks;
    lists: files of describe_lists, for the models that read them; without any, they make what they need."""

    listens: sp.csr_array
    side: Side | None = None
    league: str = "listens"
    device: str = "cpu"
    lists: tuple[Path, ...] = ()

    def expect_room(self, arrays: int, kernels: int = 0, instead: str = LIGHTER) -> None:
        """For models that hold so many float32 arrays (U, A) and (U, U) at once. Raises InputError where these do not
        fit into the memory that is free; instead: what to do then."""
        users, artists = self.listens.shape
        self.expect_bytes(4 * users * (arrays * artists + kernels * users), instead)

    def expect_bytes(self, needed: float, instead: str) -> None:
        """Raises InputError where `needed` bytes do not fit into the memory that is free; instead: models that do."""
        users, artists = self.listens.shape
        what = f"this model of {self.listens.nnz:,} listens of {users:,} users and {artists:,} artists"
        expect_room(what, needed, instead)

    @property
    def many_users(self) -> bool:
        """More than DENSE_USERS."""
        return self.listens.shape[0] > DENSE_USERS

    @property
    def known_side(self) -> Side:
        """For models that cannot do without. Raises InputError in the league of listens."""
        if self.side is None:
            raise InputError(f"config: a model that looks at friends or tags plays in the league {self.league}")
        return self.side
