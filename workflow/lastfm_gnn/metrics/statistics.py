"""Comparing two models on the same units over several seeds. A unit is what is drawn: a user, or a friendship.

Two questions, and a p for each; neither answers both:

- `p` of compare(): would other units agree? The units are drawn; the fits at hand, one a seed, are taken as they are.
  A unit's score is pooled over the seeds that test it, so that a unit counts once however many seeds test it.
- `p_seeds` of over_seeds(): would other splits of the same data, and other first weights, agree? Splits and fits are
  drawn; the data are taken as they are.
"""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy.stats import norm, rankdata, t, ttest_1samp

RESAMPLES = 2000
KEPT = 1 << 14  # units, of which the draws are kept; those of more are made anew each time, a part at a time
UNIT = ["user_id", "friend_id"]  # columns that name a unit, where a table has them
TEST_TO_TRAIN = 1 / 8  # size of a test part by that of its training part: every split is 8:1:1
FEWEST_PAIRS, FEWEST_UNITS = 100, 30  # see few_pairs() and note()


def pooled(units: list[pd.DataFrame], metric: str, by_count: bool) -> pd.DataFrame:
    """Total and weight by unit, of units' scores in several seeds (user_id, perhaps friend_id, count, <metric>).

    The metric is the sum of totals over that of weights: a mean over pairs where `by_count`, else over units.
    """
    rows = pd.concat(units).dropna(subset=metric)
    weight = rows["count"] if by_count else pd.Series(1.0, rows.index)
    keys = [rows[name] for name in UNIT if name in rows]
    return pd.DataFrame({"total": rows[metric] * weight, "weight": weight}).groupby(keys).sum()


def _draws(n: int) -> Iterator[np.ndarray]:
    """Parts of (RESAMPLES, n): how often each of n units is drawn; the same draws for every metric and model. One
    part if n is KEPT or less."""
    random, size = np.random.default_rng(0), max(1, RESAMPLES * KEPT // max(n, KEPT))
    for start in range(0, RESAMPLES, size):
        yield random.multinomial(n, np.full(n, 1 / n), min(size, RESAMPLES - start)).astype(float)


_kept = lru_cache(maxsize=2)(lambda n: list(_draws(n)))


def interval(units: pd.DataFrame) -> tuple[float, float]:
    """95 % interval of sum(total) / sum(weight) of a pooled(): by bootstrap over users, or by friendship_error() over
    friendships. NaN where there are no units."""
    if units.empty:
        return np.nan, np.nan
    total, weight = units.total.to_numpy(), units.weight.to_numpy()
    if units.index.nlevels > 1:
        mean, reach = total.sum() / weight.sum(), norm.ppf(0.975) * friendship_error(units) / weight.sum()
        return float(mean - reach), float(mean + reach)
    draws = _kept(len(units)) if len(units) <= KEPT else _draws(len(units))
    means = np.concatenate([drawn @ total / (drawn @ weight) for drawn in draws])
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def friendship_error(units: pd.DataFrame) -> float:
    """Standard error of sum(total) of friendships, a pooled(), of which those that share a user depend on each other.

    Cluster-robust for pairs (Aronow, Samii and Assenova, "Cluster-robust variance estimation for dyadic data",
    Political Analysis 23, 2015): the variance is the sum of the products of residuals over all ordered pairs of
    friendships with a user in common, each friendship with itself among them. Not below what it would be of
    independent friendships, as the sum could by chance.
    """
    residual = units.total - units.total.sum() / units.weight.sum() * units.weight
    ends = [residual.groupby(level=end).sum() for end in (0, 1)]
    of_users = pd.concat(ends).groupby(level=0).sum()  # the squares have each friendship twice with itself
    alone = (residual**2).sum()
    return float(np.sqrt(max((of_users**2).sum() - alone, alone)))


def rank_biserial(difference: np.ndarray) -> float:
    """Matched-pairs rank-biserial correlation in [-1, 1] (Kerby, 2014): of the ranks of |difference|, the share of
    the positive less that of the negative."""
    difference = difference[difference != 0]
    ranks = rankdata(np.abs(difference))
    return float((ranks @ np.sign(difference)) / ranks.sum()) if len(ranks) else 0.0


def compare(units: pd.DataFrame, other: pd.DataFrame) -> dict[str, float]:
    """Two models' pooled() of one metric, over the units that both have: the difference of the means, its interval,
    the effect size, and p of a paired t-test of that very mean (of friendships with their friendship_error()); NaN
    where they share no unit, p where they share one.

    On the same units with the same weights, sum(total) / sum(weight) of two models is equal if and only if the mean
    of the units' differences of totals is 0: that mean is tested. (Wilcoxon's test of ranks asks something else.)
    """
    units, other = units.align(other, join="inner", axis=0)
    if units.empty:
        return dict.fromkeys(("difference", "low", "high", "rank_biserial", "p"), np.nan)
    units = units.assign(total=units.total - other.total)
    low, high = interval(units)
    return {
        "difference": float(units.total.sum() / units.weight.sum()),
        "low": low,
        "high": high,
        "rank_biserial": rank_biserial((units.total / units.weight).to_numpy()),
        "p": _paired_t(units),
    }


def _paired_t(units: pd.DataFrame) -> float:
    """Two-sided p that the mean of units' totals, differences, is 0; NaN of fewer than two units.

    Where nothing varies: 1 if all are 0, else 0.
    """
    total = units.total.to_numpy()
    if len(total) < 2:
        return np.nan
    if np.ptp(total) == 0:
        return float(total[0] == 0)
    if units.index.nlevels > 1:
        return float(2 * norm.sf(abs(total.sum()) / friendship_error(units)))
    return float(ttest_1samp(total, 0).pvalue)


def over_seeds(difference: np.ndarray) -> dict[str, float]:
    """The smallest and the largest of the differences (k,), one a seed, and corrected_t() as p_seeds. Of five seeds,
    p < .01 takes a mean of 2.6 standard deviations."""
    ends = (float(difference.min()), float(difference.max())) if len(difference) else (np.nan, np.nan)
    of_seeds = {"smallest_seed_difference": ends[0], "largest_seed_difference": ends[1]}
    return of_seeds | {"p_seeds": corrected_t(difference, TEST_TO_TRAIN)}


def holm(p: pd.Series) -> pd.Series:
    """Holm's correction (1979) of several tests' p; NaN where there was no test."""
    known = p.dropna().sort_values()
    corrected = (known * np.arange(len(known), 0, -1)).cummax().clip(upper=1)
    return corrected.reindex(p.index)


def few_pairs(pairs: int) -> str:
    """A warning that a mean over this number of test pairs means nothing; empty if there are enough.

    The standard error of a mean of squared errors from n pairs is about sqrt(2/n) of it (errors of a normal
    distribution; more with longer tails), that of a share up to 1 / (2 sqrt(n)): from 100 pairs 14 %, and .05. Models
    here differ by 1 to 15 %, so that a figure from fewer pairs says nothing.
    """
    return f"too few test pairs to mean anything ({pairs})" if pairs < FEWEST_PAIRS else ""


def note(pairs: int, units: int, what: str = "users") -> str:
    """A warning that so few test pairs, or so few units, mean little; empty if there are enough.

    Intervals and t-tests over units rest on the mean of the units' scores being near normal, for which 30 are usually
    taken to be enough.
    """
    few_units = f"too few {what} for intervals and tests ({units})" if units < FEWEST_UNITS else ""
    return few_pairs(pairs) or few_units


def corrected_t(differences: np.ndarray, ratio: float) -> float:
    """Two-sided p of the corrected resampled t-test (Nadeau and Bengio, "Inference for the Generalization Error",
    Machine Learning 52, 2003) that two models are alike; NaN of fewer than two differences.

    differences (n,): of a metric, one a fold or seed; ratio: test rows for each training row. Training parts overlap,
    and test parts of some seeds with training parts of others, so that the variance of the mean is not s² / n but
    about s² (1 / n + ratio). That is a rule of thumb: there is no exact test (Bengio and Grandvalet, 2004).
    """
    n = len(differences)
    if n < 2:
        return np.nan
    if np.ptp(differences) == 0:
        return float(differences[0] == 0)
    variance = np.var(differences, ddof=1)
    return float(2 * t.sf(abs(np.mean(differences)) / np.sqrt(variance * (1 / n + ratio)), n - 1))
