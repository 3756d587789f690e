"""Say in plain words which leaks a split has: anybody's, as CSV or Parquet of user, item and, optionally, value and
time, a file a part.

    python workflow/scripts/audit/audit_split.py --train train.csv --valid valid.csv --test test.csv

Columns are recognised by usual names (user_id, artist_id, rating, timestamp; source, target; ...) and shown. Files of
users alone are a split by users. What each line means, and what no file can show: docs/audit_split.md.

Exit status: 0 without a leak, 3 with one, 1 where a file cannot be read, 2 where an option is wrong.
"""

import json
import sys
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from lastfm_gnn.audit import leaks
from lastfm_gnn.audit import order as order_leaks
from lastfm_gnn.audit.leaks import LEAK, NOTE, WARNING, Finding
from lastfm_gnn.audit.normaliser import normalisers
from lastfm_gnn.audit.split_files import Split, read_edges, read_split
from lastfm_gnn.core import program
from lastfm_gnn.core.program import InputError

CHECKS = (
    *("same_pair", "reversed_twin", "normaliser", "row_order", "future", "future_of_others"),
    *("messages", "one_way", "ids"),
)
ACCEPTED = "accepted"
LEAKS = 3


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--valid", type=Path)
    parser.add_argument("--test", type=Path, required=True)
    parser.add_argument(
        "--messages",
        type=Path,
        help="rows that the model sees when it predicts: edges that carry messages, or features that list items",
    )
    parser.add_argument(
        "--edges", type=Path, help="of a split by users: the graph as the model reads it, from source to target"
    )
    for name in ("user", "item", "value", "time"):
        parser.add_argument(f"--{name}", metavar="COLUMN", help="its name, if it is not recognised")
    parser.add_argument("--one-set", action="store_true", help="users and items are the same nodes, such as friends")
    parser.add_argument(
        "--ids-as-features", action="store_true", help="the model reads ids as numbers or in order: they then leak"
    )
    parser.add_argument(
        "--accept", choices=CHECKS, action="append", default=[], help="a leak that is known: shown, and none; repeat"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    args = parser.parse_args(argv)

    paths = {part: getattr(args, part) for part in ("train", "valid", "test", "messages")}
    names = {name: getattr(args, name) for name in ("user", "item", "value", "time")}
    split = read_split({part: path for part, path in paths.items() if path}, names, args.one_set)
    if args.edges and split.has("item"):
        raise InputError(f"{args.edges}: --edges goes with a split by users; give the pairs of a model as --messages")
    seen = findings(split, args.ids_as_features, read_edges(args.edges) if args.edges else None)
    seen = [
        replace(finding, severity=ACCEPTED) if finding.severity == LEAK and finding.check in args.accept else finding
        for finding in seen
    ]
    skipped = not_looked_at(split, args.edges is not None)
    print(as_json(split, seen, skipped) if args.format == "json" else as_text(split, seen, skipped))
    sys.stdout.flush()
    if any(finding.severity == LEAK for finding in seen):
        sys.exit(LEAKS)


def findings(split: Split, ids_matter: bool, edges: tuple[np.ndarray, np.ndarray] | None) -> list[Finding]:
    """Everything that the checks see, leaks first."""
    seen = [*leaks.same_pairs(split), *leaks.reversed_twins(split), *normalisers(split)]
    seen += [*order_leaks.row_order(split, ids_matter), *order_leaks.row_numbers(split, ids_matter)]
    seen += [*leaks.future(split), *leaks.in_messages(split)]
    seen += [*order_leaks.ids(split, ids_matter), *leaks.cold(split)]
    if split.columns.one_set:
        train = split.rows("train")
        test = split.users[np.unique(np.r_[split.user[split.rows("test")], split.item[split.rows("test")]])]
        way = leaks.one_way(split.users[split.user[train]], split.users[split.item[train]], test)
        seen += [replace(way, severity=LEAK if ids_matter else WARNING)] if way else []
    if edges:
        test = split.users[np.unique(split.user[split.rows("test")])]
        source, target = edges
        if len({source.dtype, target.dtype, test.dtype}) > 1:
            source, target, test = (ids.astype(str) for ids in (source, target, test))
        seen += [
            finding
            for finding in (leaks.one_way(source, target, test), leaks.transductive(source, target, test))
            if finding
        ]
    return sorted(seen, key=lambda finding: (LEAK, ACCEPTED, WARNING, NOTE).index(finding.severity))


def not_looked_at(split: Split, edges: bool) -> dict[str, str]:
    """Checks that these files do not allow, and why."""
    why = {}
    if not split.has("direction") and not split.columns.one_set:
        why["reversed_twin"] = "users and items are two sets, and there is no direction"
    if not split.has("item"):
        why |= dict.fromkeys(("normaliser", "row_order"), "a split by users")
    elif not split.has("value"):
        why |= dict.fromkeys(("normaliser", "row_order"), "no values")
    timed = split.has("time") and np.isfinite(split.optional["time"][split.rows(*split.parts)]).all()
    if not timed or not split.has("item"):
        why["future"] = why["future_of_others"] = "no times"
    if not len(split.rows("messages")):
        why["messages"] = "no --messages"
    if not split.has("item") and not edges:
        why["one_way"] = "no --edges"
    ranked = [order_leaks.id_ranks(ids) for ids in (split.users, split.items) if len(ids)]
    if any(rank is None for rank in ranked):
        why["ids"] = "ids are text without a number" + ("" if all(rank is None for rank in ranked) else ", in part")
    return why


def read_as(split: Split) -> str:
    """train: 9 rows, test: 3 rows; user_id and artist_id, value liking."""
    rows = ", ".join(f"{part}: {len(split.rows(part)):,} rows" for part in split.parts)
    columns = split.columns
    text = f"{rows}; {columns.user}" + (f" and {columns.item}" if columns.item else " alone")
    text += " of one set of nodes" if columns.one_set else ""
    for role in ("value", "time", "direction", "row_number"):
        if (name := getattr(columns, role)) is not None:
            text += f", {role.replace('_', ' ')}" + (f" {name}" if name and name != role else "")
    return text


def as_text(split: Split, seen: list[Finding], skipped: dict[str, str]) -> str:
    """One finding a line."""
    lines = [read_as(split), *(f"{finding.severity.upper():<8} {finding.check}: {finding.text}" for finding in seen)]
    if skipped:
        lines.append("not looked at: " + "; ".join(f"{check} ({why})" for check, why in skipped.items()))
    counts = Counter(finding.severity for finding in seen)
    numbers = ", ".join(f"{name}s {counts[name]}" for name in (LEAK, WARNING, NOTE))
    return "\n".join([*lines, numbers + (f", accepted {counts[ACCEPTED]}" if counts[ACCEPTED] else "")])


def as_json(split: Split, seen: list[Finding], skipped: dict[str, str]) -> str:
    content = {
        "read": read_as(split),
        "leaks": sum(finding.severity == LEAK for finding in seen),
        "findings": [asdict(finding) for finding in seen],
        "not_looked_at": skipped,
    }
    return json.dumps(content, indent=2, ensure_ascii=False)


if __name__ == "__main__":
    program.run(main)
