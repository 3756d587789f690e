"""Ids and the order of rows, where they tell what they should not: tested against chance, by a fixed seed."""

import re

import numpy as np
import pandas as pd

from lastfm_gnn.audit.leaks import LEAK, NOTE, WARNING, Finding, example, number
from lastfm_gnn.audit.split_files import Split

SIGMAS = 4  # standard deviations from what chance gives, from which on something is reported
SMALLEST = 0.02  # correlation that is reported, however sure it is
SHUFFLES = 99
SAMPLE = 100_000  # rows, about, of users or items drawn at random, that the shuffles look at
FEWEST = 20  # rows, users or ids
SEED = 0


def id_ranks(ids: np.ndarray) -> np.ndarray | None:
    """(N,) place of each id in the order of their numbers: whole numbers, or text that ends in one after the same
    letters (u12). None for other text."""
    if not np.issubdtype(np.asarray(ids).dtype, np.integer):
        matched = [match for one in ids if (match := re.fullmatch(r"(\D*)(\d+)", str(one)))]
        if len(matched) < len(ids) or len({one[1] for one in matched}) > 1:
            return None
        ids = np.array([int(one[2][-18:]) for one in matched])
    ranks = np.empty(len(ids), dtype=np.int64)
    ranks[np.argsort(ids, kind="stable")] = np.arange(len(ids))
    return ranks


def _centred(values: np.ndarray, code: np.ndarray) -> np.ndarray:
    """values (n,) less their group's mean."""
    return values - (np.bincount(code, values) / np.maximum(np.bincount(code), 1))[code]


def within_ranks(values: np.ndarray, code: np.ndarray) -> np.ndarray:
    """(n,) ranks of values within groups, equal ones sharing the mean of theirs."""
    return pd.Series(values).groupby(code).rank().to_numpy()


def correlation(first: np.ndarray, second: np.ndarray, code: np.ndarray) -> tuple[float, float]:
    """Correlation of (n,) and (n,) within groups, and by how many standard deviations it differs from what shuffling
    within each group gives (exact mean and variance; normal for many rows). NaN where nothing varies."""
    a = _centred(first.astype(float), code)
    b = _centred(second.astype(float), code)
    of_a, of_b = np.bincount(code, a**2), np.bincount(code, b**2)
    variance = (of_a * of_b / np.maximum(np.bincount(code) - 1, 1)).sum()
    if variance <= 0:
        return np.nan, np.nan
    return float(a @ b / np.sqrt(of_a.sum() * of_b.sum())), float(a @ b / np.sqrt(variance))


def row_order(split: Split, ids_matter: bool) -> list[Finding]:
    """Held-out rows whose position tells their value: within a user, or, where each user's rows stand together, from
    user to user. Where rows stand in the order of ids or of time, that tells no more than those do."""
    if not split.has("value") or not split.has("item"):
        return []
    findings = []
    for part in split.parts[1:]:
        rows = split.rows(part)
        value, user, name = split.value[rows], split.user[rows], split.columns.value
        if len(rows) < FEWEST or not np.isfinite(value).all():
            continue
        r, sigmas = correlation(within_ranks(np.arange(len(rows)), user), within_ranks(value, user), user)
        if abs(sigmas) >= SIGMAS and abs(r) >= SMALLEST:
            text = f"within a user, {name} {_way(r)} with the row's place in the file of {part}"
            by = sorted_by(split, rows, user, split.item, split.items)
            findings.append(_ordered(split, rows, text, r, sigmas, by, ids_matter))
        blocks = np.flatnonzero(np.r_[True, user[1:] != user[:-1]])
        if len(blocks) == len(np.unique(user)) >= FEWEST:
            mean = np.add.reduceat(value, blocks) / np.diff(np.r_[blocks, len(rows)])
            everybody = np.zeros(len(blocks), dtype=int)
            r, sigmas = correlation(np.arange(len(blocks)), within_ranks(mean, everybody), everybody)
            if abs(sigmas) >= SIGMAS and abs(r) >= SMALLEST:
                text = f"users' mean {name} {_way(r)} with their place in the file of {part}"
                by = sorted_by(split, rows[blocks], everybody, split.user, split.users)
                findings.append(_ordered(split, rows, text, r, sigmas, by, ids_matter))
    return findings


def row_numbers(split: Split, ids_matter: bool) -> list[Finding]:
    """Numbers that the rows had in the file that was split, as pandas writes them: whether they tell the part, or the
    value, within a user. Where they follow time, they tell no more than it does."""
    if not split.has("row_number") or not split.has("item"):
        return []
    rows = split.rows(*split.parts)
    rows = rows[np.isfinite(split.row_number[rows])]
    rows = rows[np.argsort(split.row_number[rows], kind="stable")]
    if split.has("time") and in_order(split.time[rows], split.user[rows]):
        return []
    user, place = split.user[rows], split.row_number[rows]
    tests = [("the row is more often held out", (split.part[rows] > 0).astype(float))]
    if split.has("value") and np.isfinite(split.value[rows]).all():
        tests.append((f"{split.columns.value} rises", within_ranks(split.value[rows], user)))
    findings = []
    for what, values in tests:
        r, sigmas = correlation(within_ranks(place, user), values, user)
        if len(rows) >= FEWEST and abs(sigmas) >= SIGMAS and abs(r) >= SMALLEST:
            size = "larger" if r > 0 else "smaller"
            text = (
                f"within a user, {what} with a {size} {split.columns.row_number!r}, the number of the row"
                f" (correlation {number(r)}, {number(abs(round(sigmas)))} standard deviations from chance)"
            )
            severity = LEAK if ids_matter else WARNING
            findings.append(Finding("row_order", severity, text, len(rows), len(rows), example(split, rows[0])))
    return findings


def sorted_by(split: Split, rows: np.ndarray, group: np.ndarray, code: np.ndarray, ids: np.ndarray) -> str | None:
    """What the rows are sorted by within each group: "ids", as text or as numbers, "time", or None."""
    ranks = id_ranks(ids)
    if in_order(code[rows], group) or (ranks is not None and in_order(ranks[code[rows]], group)):
        return "ids"
    return "time" if split.has("time") and in_order(split.time[rows], group) else None


def in_order(values: np.ndarray, group: np.ndarray) -> bool:
    """Whether values (n,) only rise or only fall within each group."""
    order = np.argsort(group, kind="stable")
    steps = np.diff(values[order])[np.diff(group[order]) == 0]
    return bool((steps >= 0).all() or (steps <= 0).all())


def _way(r: float) -> str:
    return "rises" if r > 0 else "falls"


def _ordered(
    split: Split, rows: np.ndarray, text: str, r: float, sigmas: float, by: str | None, ids_matter: bool
) -> Finding:
    text += f" (rank correlation {number(r)}, {number(abs(round(sigmas)))} standard deviations from chance)"
    if by:
        text += (
            f"; rows stand in the order of {by}, and tell no more than {'those do' if by == 'ids' else 'that does'}"
        )
    severity = {None: LEAK, "time": NOTE, "ids": LEAK if ids_matter else WARNING}[by]
    check = "ids" if by == "ids" else "row_order"
    return Finding(check, severity, text, len(rows), len(rows), example(split, rows[0]))


def ids(split: Split, ids_matter: bool) -> list[Finding]:
    """Ids that tell of values, of the part, or, by how close they are, of who goes with what."""
    severity = LEAK if ids_matter else WARNING
    columns = split.columns
    users, items = id_ranks(split.users), id_ranks(split.items) if split.has("item") else None
    texts = []
    if users is not None and (text := users_by_part(split, users)):
        texts.append(text)
    if items is not None:
        if not columns.one_set and (text := ids_by_value(split, items)):
            texts.append(text)
        if text := ids_by_part(split, items):
            texts.append(text)
        if text := close_ids(split, split.user, split.item, items, str(columns.item), columns.user):
            texts.append(text)
    if users is not None and items is not None and not columns.one_set:
        close = close_ids(split, split.item, split.user, users, columns.user, str(columns.item))
        texts += [close] if close else []
    test = split.rows("test")
    return [Finding("ids", severity, text, len(test), len(test), example(split, test[0])) for text in texts]


def ids_by_value(split: Split, rank: np.ndarray) -> str | None:
    """Values that rise or fall with an item's id within a user, both as ranks, against ids that are shuffled: farther
    than all of the shuffles. (Shuffling within a user would not do: an item's value is much the same for all.)"""
    if not split.has("value"):
        return None
    random = np.random.default_rng(SEED)
    rows = split.rows(*split.parts)
    rows = rows[np.isfinite(split.value[rows])]
    kept = random.random(len(split.users)) < SAMPLE / max(len(rows), 1)
    rows = rows[kept[split.user[rows]]]
    if len(rank) < FEWEST or len(rows) < FEWEST:
        return None
    user = split.user[rows]
    order = np.argsort(user, kind="stable")
    rows, user = rows[order], user[order]
    value = _centred(within_ranks(split.value[rows], user), user)
    first = np.searchsorted(user, user)

    def product(rank: np.ndarray) -> tuple[float, np.ndarray]:
        by_id = np.argsort(user * len(rank) + rank[split.item[rows]])
        place = np.empty(len(rows), dtype=np.int64)
        place[by_id] = np.arange(len(rows))
        return value @ (place - first), place - first

    observed, places = product(rank)
    scale = np.linalg.norm(value) * np.linalg.norm(_centred(places.astype(float), user))
    if scale == 0:
        return None
    shuffled = np.array([product(random.permutation(len(rank)))[0] for _ in range(SHUFFLES)])
    sigmas, r = observed / max(shuffled.std(), 1e-12), float(observed / scale)
    if abs(observed) <= np.abs(shuffled).max() or abs(sigmas) < SIGMAS or abs(r) < SMALLEST:
        return None
    return (
        f"within a user, {split.columns.value} {_way(r)} with {split.columns.item} (rank correlation {number(r)},"
        f" {number(abs(round(sigmas)))} standard deviations from what shuffled ids show)"
    )


def ids_by_part(split: Split, rank: np.ndarray) -> str | None:
    """Items of test whose ids are larger or smaller than those of train, against parts drawn within each user (of
    edges between nodes of one set: among all edges)."""
    rows = split.rows("train", "test")
    hidden = split.part[rows] > 0
    if split.columns.one_set:
        where, group = rank[split.user[rows]] + rank[split.item[rows]], np.zeros(len(rows), dtype=np.int64)
    else:
        where, group = rank[split.item[rows]], split.user[rows]
    if len(rows) < FEWEST:
        return None
    r, sigmas = correlation(where, hidden, group)
    if np.isnan(sigmas) or abs(sigmas) < SIGMAS or abs(r) < SMALLEST:
        return None
    ids_are = "larger" if r > 0 else "smaller"
    return (
        f"{split.columns.item} is {ids_are} in test than in train (correlation {number(r)},"
        f" {number(abs(round(sigmas)))} standard deviations from parts drawn at random): ids tell the part"
    )


def users_by_part(split: Split, rank: np.ndarray) -> str | None:
    """Of a split by users: whether those of test stand in blocks of ids (runs test of Wald and Wolfowitz, 1940)."""
    train, test = np.unique(split.user[split.rows("train")]), np.unique(split.user[split.rows("test")])
    if len(np.intersect1d(train, test)) > 0.1 * len(test) or min(len(train), len(test)) < FEWEST:
        return None
    if split.columns.one_set:
        return None
    users = np.union1d(train, test)
    of_test = np.isin(users, test)[np.argsort(rank[users])]
    n, k = len(users), int(of_test.sum())
    runs = 1 + int((of_test[1:] != of_test[:-1]).sum())
    expected = 1 + 2 * k * (n - k) / n
    sd = np.sqrt((expected - 1) * (expected - 2) / (n - 1))
    if (expected - runs) / sd < SIGMAS:
        return None
    return (
        f"users of test stand in blocks of {split.columns.user}: {runs:,} runs of equal parts in the order of ids,"
        f" where chance gives {number(round(expected))}; ids tell the part"
    )


def close_ids(
    split: Split, one: np.ndarray, other: np.ndarray, rank: np.ndarray, other_name: str, one_name: str
) -> str | None:
    """Whether the id of `other` (n,) in a test row is closer to those of the same `one` in train than ids that are
    shuffled: medians of the distance in places, and all of the shuffles farther."""
    random = np.random.default_rng(SEED)
    train, test = split.rows("train"), split.rows("test")
    count = len(rank)
    ends = {"train": (one[train], other[train]), "test": (one[test], other[test])}
    if split.columns.one_set:  # an edge is listed once, from either end
        ends = {part: (np.r_[a, b], np.r_[b, a]) for part, (a, b) in ends.items()}
    (group, member), (test_group, wanted) = ends["train"], ends["test"]
    kept = random.random(max(group.max(), test_group.max()) + 1) < SAMPLE / len(group)
    group, member = group[kept[group]], member[kept[group]]
    test_group, wanted = test_group[kept[test_group]], wanted[kept[test_group]]

    def distances(rank: np.ndarray) -> np.ndarray:
        have = np.sort(group * count + rank[member])
        want = test_group * count + rank[wanted]
        place = np.searchsorted(have, want)
        left, right = have[np.maximum(place - 1, 0)], have[np.minimum(place, len(have) - 1)]
        near = [np.where(side // count == test_group, np.abs(side - want), count) for side in (left, right)]
        return np.minimum(*near)

    if not len(group):
        return None
    # left out: what is in both parts, at distance 0, and whoever is not in train
    known = np.isin(test_group, group) & (distances(rank) > 0)
    test_group, wanted = test_group[known], wanted[known]
    if len(test_group) < FEWEST or count < FEWEST:
        return None
    observed = distances(rank)
    shuffled = [distances(random.permutation(count)) for _ in range(SHUFFLES)]
    means = np.array([np.log1p(one).mean() for one in shuffled])
    mean = np.log1p(observed).mean()
    if mean >= means.min() or mean > means.mean() - SIGMAS * means.std(ddof=1):
        return None
    typical = np.median([np.median(one) for one in shuffled])
    return (
        f"from {other_name} of a test row to the nearest that the same {one_name} has in train, the median distance"
        f" among all ids is {number(float(np.median(observed)))}, and {number(float(typical))} with ids shuffled: how"
        " close ids are tells who goes with what"
    )
