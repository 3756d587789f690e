"""Values that were scaled within each user, or each item, with held-out values among those that gave the scale: what
is left of a user's values in train then says something of those that are held out."""

import numpy as np
from scipy.special import bdtr

from lastfm_gnn.audit.leaks import LEAK, Finding, example, number, share, shown
from lastfm_gnn.audit.split_files import Split

CLOSE = 1e-6  # relative difference of values that count as equal
ROUNDED = 1e-3  # the same of sums, whose parts may have been rounded in a CSV
NEARLY_ALL = 0.7  # of the groups reach the cap; a part that is not given may hide the others' largest value
ALMOST_EVERY = 0.95  # of the groups have the same sum or length
CHANCE = 1e-3  # of so few groups without the cap, were its values spread without regard to groups
FEWEST = 10  # groups


def normalisers(split: Split) -> list[Finding]:
    """Values scaled within users, then within items. Of values with fewer than three levels nothing is said."""
    if not split.has("value") or not split.has("item"):
        return []
    values = split.value[split.rows(*split.parts)]
    if len(np.unique(values[np.isfinite(values)])) < 3:
        return []
    codes = {"user": split.user, "item": split.item}
    findings = [largest(split, what, code) or total(split, what, code) for what, code in codes.items()]
    return [finding for finding in findings if finding]


def largest(split: Split, what: str, code: np.ndarray) -> Finding | None:
    """Values divided by the group's largest.

    The sign: nearly every group reaches the same largest value, the cap, and none is above it; with as many capped
    values, spread over rows by chance, more groups would have none (binomial, whose tail is at least that of the sum
    of unequal chances: Hoeffding, 1956). It is a leak for the groups whose cap is held out: train stays below it, so
    that one of their held-out values is the cap.
    """
    rows = split.rows(*split.parts)
    rows = rows[np.isfinite(split.value[rows])]
    size = np.bincount(code[rows], minlength=code.max() + 1)
    rows = rows[size[code[rows]] > 1]
    groups = np.flatnonzero(size > 1)
    if len(groups) < FEWEST:
        return None
    top, bottom = np.full(len(size), -np.inf), np.full(len(size), np.inf)
    np.maximum.at(top, code[rows], split.value[rows])
    np.minimum.at(bottom, code[rows], split.value[rows])
    tolerance = CLOSE * np.abs(split.value[rows]).max()
    cap = usual(top[groups], tolerance)
    capped = np.abs(split.value - cap) <= tolerance
    if top[groups].max() > cap + tolerance or not capped[rows].any():
        return None
    without = np.abs(top[groups] - cap) > tolerance
    expected = ((1 - capped[rows].mean()) ** size[groups]).sum()
    if without.mean() > 1 - NEARLY_ALL or without.sum() > expected - 1:
        return None
    if bdtr(without.sum(), len(groups), expected / len(groups)) > CHANCE:
        return None

    train, hidden = split.rows("train"), split.rows(*split.parts[1:])
    of_train = np.full(len(size), -np.inf)
    np.maximum.at(of_train, code[train], split.value[train])
    below = np.isfinite(of_train) & (of_train < cap - tolerance)
    gives_away = hidden[below[code[hidden]] & (capped[hidden] | np.isnan(split.value[hidden]))]
    concerned = np.unique(code[gives_away])
    if not len(concerned):
        return None
    gives_away = gives_away[np.argsort(of_train[code[gives_away]], kind="stable")]  # the clearest first
    low = usual(bottom[groups], tolerance)
    ranged = np.abs(bottom[groups] - low) <= tolerance
    how = "to the range" if ranged.mean() >= NEARLY_ALL and low != cap else "by the largest"
    name, case = split.columns.value, example(split, gives_away[0])
    those = share(len(concerned), len(groups), f"{what}s")
    text = (
        f"{name} looks scaled {how} of each {what}, held-out rows included: the largest is {number(cap)} for"
        f" {share(int((~without).sum()), len(groups), f'{what}s')}. For {those}"
        f" it is below in train, so that one of their held-out rows has {number(cap)}, such as {shown(case)},"
        f" in train at most {number(of_train[code[gives_away[0]]])}"
    )
    return Finding("normaliser", LEAK, text, len(concerned), len(groups), case)


def total(split: Split, what: str, code: np.ndarray) -> Finding | None:
    """Values of one sum a group (shares of a whole; of sum 0: centred, and z-scores where their spread is 1, too), or
    of one sum of squares, over all parts and not over train alone."""
    rows, train = split.rows(*split.parts), split.rows("train")
    if not np.isfinite(split.value[rows]).all():
        return None
    count, n_train = (np.bincount(code[part], minlength=code.max() + 1) for part in (rows, train))
    groups = np.flatnonzero((n_train > 0) & (count > n_train))
    if len(groups) < FEWEST:
        return None
    sums, of_train = (np.bincount(code[part], split.value[part], len(count))[groups] for part in (rows, train))
    squares, of_train_2 = (
        np.bincount(code[part], split.value[part] ** 2, len(count))[groups] for part in (rows, train)
    )
    length = np.sqrt(np.median(squares))
    variance = squares / count[groups] - (sums / count[groups]) ** 2
    centred = np.abs(np.median(sums)) <= ROUNDED * length
    spread = np.abs(variance - 1) <= 2 / count[groups] + ROUNDED  # whether they divided by n or n - 1
    ways = (
        (sums, of_train, ROUNDED * length, "to z-scores" if spread.mean() >= ALMOST_EVERY else "by the mean")
        if centred
        else (sums, of_train, ROUNDED * length, "by the sum"),
        (squares, of_train_2, ROUNDED * length**2, "by the length"),
    )
    for everything, in_train, tolerance, how in ways:
        constant = np.median(everything)
        same = np.abs(everything - constant) <= tolerance
        tells = same & (np.abs(in_train - constant) > 10 * tolerance)
        if same.mean() < ALMOST_EVERY or tells.mean() < 0.5:
            continue
        group = groups[tells.argmax()]
        row = rows[(code[rows] == group) & (split.part[rows] > 0)][0]
        case, name = example(split, row), split.columns.value
        of = "squares add" if how == "by the length" else "values add"
        text = (
            f"{name} looks scaled {how} of each {what}, held-out rows included: the {of} up to"
            f" {number(0 if centred and 'length' not in how else constant)} for"
            f" {share(int(same.sum()), len(groups), f'{what}s')} and not in train alone, so that the rest is that of"
            f" the held-out rows, such as {shown(case)}"
        )
        return Finding("normaliser", LEAK, text, int(same.sum()), len(groups), case)
    return None


def usual(values: np.ndarray, tolerance: float) -> float:
    """The value that is most frequent, to within a tolerance."""
    levels, counts = np.unique(np.round(values / max(tolerance, 1e-300)), return_counts=True)
    frequent = levels[counts.argmax()]
    return float(values[np.round(values / max(tolerance, 1e-300)) == frequent].max())
