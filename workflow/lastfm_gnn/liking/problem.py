"""A problem of liking scores, and what a model makes of it.

A model is a file of liking/models: a dataclass Settings and fit(problem, settings, seed) -> Fitted. A fit that takes
long also takes `trained`, what an earlier one kept, and restores it instead of training. A docstring of fit says how
memory and time grow; what grows faster than the listens asks expect_room before it starts.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from sklearn.utils import gen_batches

from lastfm_gnn.core.memory import expect_room
from lastfm_gnn.core.model_files import model_file
from lastfm_gnn.core.settings import read_settings
from lastfm_gnn.data.listens import Pairs, ScoredPairs, Side

AT_ONCE = 1 << 17  # pairs that are predicted at a time
LIGHTER = "take bias, matrix_factorisation or factorisation_machine, which need less"


@dataclass(frozen=True, eq=False)  # hashed as itself, not by its arrays
class LikingProblem:
    """users, artists: how many. train and valid have their scores; valid: None where nothing is left to choose, as
    for a model that is restored; side: None in the league of scores alone; device: of networks."""

    users: int
    artists: int
    train: ScoredPairs
    valid: ScoredPairs | None
    side: Side | None
    device: str = "cpu"

    @property
    def validation(self) -> ScoredPairs:
        """The validation part, for who trains. Raises ValueError where there is none."""
        if self.valid is None:
            raise ValueError("nothing can be trained on a problem without a validation part")
        return self.valid

    def expect_room(self, needed: float) -> None:
        """Raises InputError where `needed` bytes do not fit into the memory that is free."""
        what = f"this model of {len(self.train):,} listens of {self.users:,} users and {self.artists:,} artists"
        expect_room(what, needed, LIGHTER)


@dataclass(frozen=True)
class Fitted:
    """predict: liking (n,) of pairs; each pair's is the same whatever else is asked for. history: a row an epoch.
    trained: weights, tensors or strings by name; empty where a fit takes no time."""

    predict: Callable[[Pairs], np.ndarray]
    history: list[dict] = field(default_factory=list)
    trained: dict = field(default_factory=dict)


def in_blocks(predict: Callable[[Pairs], np.ndarray]) -> Callable[[Pairs], np.ndarray]:
    """The same, of AT_ONCE pairs at a time, so that memory does not grow with the pairs. Pairs of an artist come
    together: what it has in common with others is then made once for all of them."""

    def whole(pairs: Pairs) -> np.ndarray:
        if len(pairs) <= AT_ONCE:
            return predict(pairs)
        by_artist = np.argsort(pairs.artist, kind="stable")
        values = np.empty(len(pairs))
        for some in gen_batches(len(pairs), AT_ONCE):
            values[by_artist[some]] = predict(pairs.take(by_artist[some]))
        return values

    return whole


def restored(saved: dict, problem: LikingProblem) -> Fitted:
    """The model of a model.pt with the known scores of `problem`, be they others than it was trained on. What these
    alone decide is computed for the first prediction and kept for all others. Raises InputError where the model is of
    no file, or of other settings than the file has now."""
    model = model_file("lastfm_gnn.liking.models", saved["variant"])
    settings = read_settings(model.Settings, saved["settings"], f"the trained {saved['variant']}")
    trained = {"trained": saved["trained"]} if saved["trained"] else {}
    return model.fit(problem, settings, saved["seed"], **trained)
