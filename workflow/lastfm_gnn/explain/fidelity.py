"""Is what an explanation names what the prediction rests on? Against random parts, as many of them.

necessity (fidelity+): how much the probability falls without the named parts; high is good. sufficiency (fidelity-):
how much it falls with nothing but the named parts; low is good.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

MEASURES = {"necessity": 1, "sufficiency": -1}  # the sign of a good one
LEVEL = 0.05
COLUMNS = {
    "measure": str,
    "size": int,
    "parts": int,
    **dict.fromkeys(("named", "random", "random_low", "random_high", "p"), float),
    "beats_random": bool,
}


def _changes(probability: Callable[[np.ndarray], float], order: np.ndarray, sizes: list[int]) -> dict:
    """How much the probability falls, by measure: (sizes,) each, for the first `size` parts in `order`."""
    full = probability(np.ones(len(order), dtype=bool))
    falls: dict[str, list[float]] = {measure: [] for measure in MEASURES}
    for size in sizes:
        named = np.zeros(len(order), dtype=bool)
        named[order[:size]] = True
        falls["necessity"].append(full - probability(~named))
        falls["sufficiency"].append(full - probability(named))
    return {measure: np.array(values) for measure, values in falls.items()}


def fidelity(
    probability: Callable[[np.ndarray], float], importance: np.ndarray, sizes: list[int], draws: int, seed: int
) -> pd.DataFrame:
    """A row a measure and size below P: named, the mean of random parts and where 90 % of their draws lie.

    probability(kept (P,) bool): of the prediction with those parts alone. importance (P,); ties in random order.
    p: of the mean over sizes, the share of draws, the explanation counted in, that do as well; beats_random: p is at
    most .05.
    """
    random = np.random.default_rng(seed)
    parts = len(importance)
    sizes = sorted({size for size in sizes if size < parts}) or ([parts // 2] if parts > 1 else [])
    named = _changes(probability, np.lexsort((random.random(parts), -importance)), sizes)
    drawn = [_changes(probability, random.permutation(parts), sizes) for _ in range(draws)]
    rows = []
    for measure, sign in MEASURES.items():
        values = np.array([one[measure] for one in drawn])  # (draws, sizes)
        # what is equal but for rounding is no better
        as_good = sign * values.sum(1) >= sign * named[measure].sum() - 1e-6
        p = (1 + int(as_good.sum())) / (1 + draws)
        for place, size in enumerate(sizes):
            low, high = np.quantile(values[:, place], [0.05, 0.95])
            rows.append(
                {
                    "measure": measure,
                    "size": size,
                    "parts": parts,
                    "named": named[measure][place],
                    "random": values[:, place].mean(),
                    "random_low": low,
                    "random_high": high,
                    "p": p,
                    "beats_random": p <= LEVEL,
                }
            )
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def verdict(rows: pd.DataFrame, measure: str) -> str:
    """What a figure says of it."""
    if not len(rows):
        return f"{measure}: no part to choose"
    beats = rows.beats_random[rows.measure == measure].all()
    return f"{measure} {'beats' if beats else 'DOES NOT BEAT'} random parts"
