"""Leaks of a split that are facts of its rows: pairs and their reversed twins in two parts, training rows that are
later than test rows, held-out rows among a model's inputs, edges that all run from the smaller id to the larger."""

from dataclasses import dataclass, field

import numpy as np

from lastfm_gnn.audit.split_files import Split
from lastfm_gnn.data.rows import CONTROL

# leak: something of a held-out part can be known that should not. warning: a leak where a model reads ids as numbers
# or in their order. note: no leak, but good to know.
LEAK, WARNING, NOTE = "leak", "warning", "note"
FEWEST_EDGES = 20  # of which it is no chance that all run one way
SYMMETRIC = 0.75  # share of the edges with a reversed twin from which on a list of edges is one of both directions


@dataclass(frozen=True)
class Finding:
    """count of `of` rows, users or items, as the text says; example: an id or value a column's name."""

    check: str
    severity: str
    text: str
    count: int
    of: int
    example: dict = field(default_factory=dict)


def number(value: float) -> str:
    """1,234 or .123: as the docs write them."""
    text = f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.3g}"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def share(count: int, total: int, what: str) -> str:
    """12 of 9,283 test rows (.13 %)."""
    return f"{count:,} of {total:,} {what} ({number(100 * count / max(total, 1))} %)"


def plain(value: object) -> object:
    """As it goes into JSON."""
    return value.item() if isinstance(value, np.generic) else value


def example(split: Split, row: int) -> dict:
    """The row's ids, and its value and time where it has them, by the names of the columns."""
    columns = split.columns
    values_of_row = {columns.user: split.users[split.user[row]]}
    if split.has("item"):
        values_of_row[columns.item or "item"] = split.items[split.item[row]]
    for name, column in (("value", columns.value), ("time", columns.time)):
        if split.has(name) and np.isfinite(split.optional[name][row]):
            values_of_row[column or name] = float(split.optional[name][row])
    return {name: plain(value) for name, value in values_of_row.items()}


def shown(example: dict) -> str:
    """user_id 2, artist_id 51, liking .73."""
    words = (f"{name} {number(value) if isinstance(value, float) else value}" for name, value in example.items())
    return CONTROL.sub("", ", ".join(words))


def match(known: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """(w,): where in known (k,) each of codes stands, -1 where it does not."""
    order, by_size = np.argsort(known, kind="stable"), np.argsort(codes)  # sorted, they are looked up much faster
    place = np.empty(len(codes), dtype=np.int64)
    place[by_size] = np.searchsorted(known[order], codes[by_size]).clip(max=len(known) - 1)
    return np.where(known[order[place]] == codes, order[place], -1)


def pairs_of_parts(split: Split) -> list[tuple[str, str]]:
    """(known, hidden): each part with each later one."""
    return [(known, hidden) for i, known in enumerate(split.parts) for hidden in split.parts[i + 1 :]]


def _values_too(split: Split, first: np.ndarray, second: np.ndarray) -> tuple[str, int, int]:
    """A clause on how many of the matched rows have the same value, that number, and of how many."""
    if not split.has("value"):
        return "", 0, 0
    a, b = split.value[first], split.value[second]
    both = int((np.isfinite(a) & np.isfinite(b)).sum())
    same = int(np.isclose(a, b, rtol=1e-6, atol=1e-12).sum())
    return f", {same:,} of them with the same {split.columns.value}" if both else "", same, both


def same_pairs(split: Split) -> list[Finding]:
    """The same pair of user and item (or, of a split of users, the same user) in two parts."""
    key = split.key if not split.has("direction") else 2 * split.key + split.direction
    train = key[split.rows("train")]
    findings = []
    for known, hidden in pairs_of_parts(split):
        first, second = split.rows(known), split.rows(hidden)
        place = match(key[first], key[second])
        twice = place >= 0
        if twice.any():
            rows = second[twice]
            values, *_ = _values_too(split, first[place[twice]], rows)
            case = example(split, rows[0])
            text = (
                f"{share(len(rows), len(second), f'{hidden} rows')} are in {known}, too{values},"
                f" such as {shown(case)}"
            )
            if split.has("item") and len(np.unique(train)) < len(train):
                text += "; pairs repeat within train, too: if rows are events, accept what is repetition"
            findings.append(Finding("same_pair", LEAK, text, len(rows), len(second), case))
    return findings


def reversed_twins(split: Split) -> list[Finding]:
    """(b, a) in one part and (a, b) in another, of edges between nodes of one set; a pair's other `direction`.

    Where most edges have no twin in any part, edges are truly directed, and a twin with another value gives little
    away: a note.
    """
    if split.has("direction"):
        key, twin = 2 * split.key + split.direction, 2 * split.key + 1 - split.direction
    elif split.columns.one_set:
        loop = split.user == split.item
        key, twin = split.key, np.where(loop, -1, split.reversed_key)
    else:
        return []
    inside = split.rows(*split.parts)
    symmetric = split.has("direction") or (match(key[inside], twin[inside]) >= 0).mean() >= SYMMETRIC
    findings = []
    for known, hidden in pairs_of_parts(split):
        first, second = split.rows(known), split.rows(hidden)
        place = match(key[first], twin[second])
        twice = place >= 0
        if not twice.any():
            continue
        rows = second[twice]
        values, same, both = _values_too(split, first[place[twice]], rows)
        case = example(split, rows[0])
        text = f"{share(len(rows), len(second), f'{hidden} rows')} have their reversed twin in {known}{values}"
        leak = symmetric or (both and same >= 0.9 * both and len(np.unique(split.value[rows])) > 2)
        text += f", such as {shown(case)}" + (
            ""
            if leak
            else "; most edges have no twin, so that these are edges that are returned, and no leak in itself"
        )
        findings.append(Finding("reversed_twin", LEAK if leak else NOTE, text, len(rows), len(second), case))
    return findings


def cold(split: Split) -> list[Finding]:
    """Users and items that test has and train has not."""
    if not split.has("item"):
        return []
    train, test = split.rows("train"), split.rows("test")
    columns = [("nodes", None)] if split.columns.one_set else [("users", split.user), ("items", split.item)]
    findings = []
    for what, codes in columns:
        if codes is None:
            known = np.concatenate([split.user[train], split.item[train]])
            unknown = ~np.isin(split.user[test], known) | ~np.isin(split.item[test], known)
            ends = np.unique(np.concatenate([split.user[test], split.item[test]]))
        else:
            known, ends = codes[train], np.unique(codes[test])
            unknown = ~np.isin(codes[test], known)
        new = int((~np.isin(ends, known)).sum())
        if new:
            case = example(split, test[unknown][0])
            text = (
                f"{share(new, len(ends), f'{what} of test')} are not in train; so are those of"
                f" {share(int(unknown.sum()), len(test), 'test rows')}, such as {shown(case)}"
            )
            findings.append(Finding("cold", NOTE, text, new, len(ends), case))
    return findings


def future(split: Split) -> list[Finding]:
    """Training rows that are later than held-out ones: the user's own, and anybody's."""
    train = split.rows("train")
    if not split.has("time") or not np.isfinite(split.time[train]).all():
        return []
    last = np.full(len(split.users), -np.inf)
    np.maximum.at(last, split.user[train], split.time[train])
    findings = []
    for part in split.parts[1:]:
        rows = split.rows(part)
        time = split.time[rows]
        if not np.isfinite(time).all():
            continue
        early = rows[time < last[split.user[rows]]]
        if len(early):
            case = example(split, early[0])
            text = (
                f"{share(len(early), len(rows), f'{part} rows')} are earlier than a row of the same user in train,"
                f" such as {shown(case)}"
            )
            findings.append(Finding("future", LEAK, text, len(early), len(rows), case))
        later = int((split.time[train] > time.min()).sum())
        if later:
            case = example(split, rows[time.argmin()])
            text = (
                f"{share(later, len(train), 'training rows')} are later than the earliest row of {part}"
                f" ({shown(case)}): what others did afterwards is known"
            )
            findings.append(Finding("future_of_others", LEAK, text, later, len(train), case))
    return findings


def in_messages(split: Split) -> list[Finding]:
    """Held-out rows among those that a model sees when it predicts, whichever way they are read; and a note on
    training rows that are not among them."""
    seen = split.rows("messages")
    if not len(seen):
        return []
    key = split.key[seen]
    place = match(key, split.key)
    if split.columns.one_set:
        place = np.where(place >= 0, place, match(key, split.reversed_key))
    findings = []
    for part in split.parts[1:]:
        rows = split.rows(part)
        among = rows[place[rows] >= 0]
        if not len(among):
            continue
        values, same, both = _values_too(split, seen[place[among]], among)
        case = example(split, among[0])
        text = f"{share(len(among), len(rows), f'{part} rows')} are among the messages{values}, such as {shown(case)}"
        valued = split.has("value") and np.isfinite(split.value[rows]).any()
        if valued and not both:
            text += "; without their values, so that this tells which pairs there are, and no more"
        leak = same > 0 or not valued
        findings.append(Finding("messages", LEAK if leak else NOTE, text, len(among), len(rows), case))
    train = split.rows("train")
    absent = train[place[train] < 0]
    if len(absent):
        case = example(split, absent[0])
        text = (
            f"{share(len(absent), len(train), 'training rows')} are not among the messages, such as {shown(case)}:"
            " the model does not see them when it predicts"
        )
        findings.append(Finding("messages", NOTE, text, len(absent), len(train), case))
    return findings


def one_way(source: np.ndarray, target: np.ndarray, test: np.ndarray) -> Finding | None:
    """Edges (E,) that all run from the smaller id to the larger, or all the other way: read as directed, a node's id
    decides whom it hears. test (t,): ids of the users that are tested."""
    up = source < target
    if len(source) < FEWEST_EDGES or up.all() == (~up).all():
        return None
    deaf = test[~np.isin(test, target)]
    text = (
        f"all {len(source):,} edges run from the {'smaller' if up.all() else 'larger'} id to the other: read one way,"
        f" {share(len(deaf), len(test), 'users of test')} receive no message, and ids decide who"
    )
    case = {"source": plain(source[0]), "target": plain(target[0])}
    return Finding("one_way", LEAK, text, len(deaf), len(test), case)


def transductive(source: np.ndarray, target: np.ndarray, test: np.ndarray) -> Finding | None:
    """How many of the edges (E,) are of users of test."""
    touch = np.isin(source, test) | np.isin(target, test)
    if not touch.any():
        return None
    row = touch.argmax()
    text = (
        f"{share(int(touch.sum()), len(touch), 'edges')} are of users of test: their places in the graph are known in"
        " training (transductive)"
    )
    case = {"source": plain(source[row]), "target": plain(target[row])}
    return Finding("transductive", NOTE, text, int(touch.sum()), len(touch), case)
