"""Comparing two models on the same users, over several seeds.

A user's score is the mean over the seeds in which they are tested; users are what varies: a metric's interval comes
from drawing users again, and its p from Wilcoxon's signed-rank test over users.
"""

from functools import lru_cache

import numpy as np
import pandas as pd
from scipy.stats import rankdata, t, wilcoxon

RESAMPLES = 2000


def pooled(users: list[pd.DataFrame], metric: str, by_count: bool) -> pd.DataFrame:
    """Total and weight by user_id, of users' scores in several seeds (user_id, count, <metric>).

    The metric is the sum of totals over that of weights: a mean over pairs where `by_count`, else over users.
    """
    rows = pd.concat(users).dropna(subset=metric)
    weight = rows["count"] if by_count else pd.Series(1.0, rows.index)
    return pd.DataFrame({"total": rows[metric] * weight, "weight": weight}).groupby(rows.user_id).sum()


@lru_cache(maxsize=2)
def _drawn(n: int) -> np.ndarray:
    """(RESAMPLES, n): how often each of n users is drawn; the same draws for every metric and model."""
    return np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), RESAMPLES).astype(float)


def interval(total: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    """95 % bootstrap interval of sum(total) / sum(weight), (n,) each, over users; NaN of none."""
    if not len(total):
        return np.nan, np.nan
    drawn = _drawn(len(total))
    low, high = np.quantile(drawn @ total / (drawn @ weight), [0.025, 0.975])
    return float(low), float(high)


def rank_biserial(difference: np.ndarray) -> float:
    """Matched-pairs rank-biserial correlation in [-1, 1] (Kerby, 2014): of the ranks of |difference|, the share of
    the positive less that of the negative."""
    difference = difference[difference != 0]
    ranks = rankdata(np.abs(difference))
    return float((ranks @ np.sign(difference)) / ranks.sum()) if len(ranks) else 0.0


def compare(found: pd.DataFrame, other: pd.DataFrame) -> dict[str, float]:
    """Two models' pooled() of one metric: the difference, its interval, the effect size and Wilcoxon's p; NaN where
    they share no user."""
    found, other = found.align(other, join="inner", axis=0)
    if found.empty:
        return dict.fromkeys(("difference", "low", "high", "rank_biserial", "p"), np.nan)
    weight = found.weight.to_numpy()
    difference = (found.total / found.weight - other.total / other.weight).to_numpy()
    low, high = interval(difference * weight, weight)
    return {
        "difference": float(difference @ weight / weight.sum()),
        "low": low,
        "high": high,
        "rank_biserial": rank_biserial(difference),
        "p": float(wilcoxon(difference).pvalue) if difference.any() else 1.0,
    }


def holm(p: pd.Series) -> pd.Series:
    """Holm's correction (1979) of several tests' p; NaN where there was no test."""
    known = p.dropna().sort_values()
    corrected = (known * np.arange(len(known), 0, -1)).cummax().clip(upper=1)
    return corrected.reindex(p.index)


def corrected_t(differences: np.ndarray, ratio: float) -> float:
    """Two-sided p of the corrected resampled t-test (Nadeau and Bengio, "Inference for the Generalization Error",
    2003) that two models are alike; NaN of fewer than two differences.

    differences (n,): of a metric, one a fold or seed; ratio: test rows for each training row. Training parts overlap,
    so that the variance of the mean is not s² / n but s² (1 / n + ratio).
    """
    n = len(differences)
    if n < 2:
        return np.nan
    mean, variance = np.mean(differences), np.var(differences, ddof=1)
    if variance == 0:
        return 1.0 if mean == 0 else 0.0
    return float(2 * t.sf(abs(mean) / np.sqrt(variance * (1 / n + ratio)), n - 1))
