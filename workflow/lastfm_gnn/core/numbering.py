"""Ids as numbers in a random order. HetRec's ids were handed out while users were crawled, so that close ids belong
to related users or artists. Nothing that learns sees an id."""

import numpy as np
import pandas as pd

from lastfm_gnn.core.program import InputError


class Numbering:
    """Gives each of `ids` (N,), all different, a number in 0 .. N - 1, in a random order."""

    def __init__(self, ids: np.ndarray, random: np.random.Generator, what: str):
        self.what = what
        self.ids = random.permutation(np.sort(ids))
        self._numbers = pd.Series(np.arange(len(ids)), index=self.ids)

    def __len__(self) -> int:
        return len(self.ids)

    def numbers(self, ids: pd.Series | np.ndarray) -> np.ndarray:
        """Numbers of `ids`. Raises InputError for one that has none."""
        numbers = self._numbers.reindex(ids).to_numpy()
        if (odd := np.flatnonzero(np.isnan(numbers))).size:
            raise InputError(
                f"{self.what} {np.asarray(ids)[odd[0]]} is in no table; give another, or make tables and splits anew"
            )
        return numbers.astype(np.int64)
