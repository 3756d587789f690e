"""A league of the leaderboard: the runs of its models, and whom each model is compared with."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lastfm_gnn.core.files import read_json
from lastfm_gnn.core.program import InputError
from lastfm_gnn.core.run_record import read_record
from lastfm_gnn.data import tables
from lastfm_gnn.metrics.selection import CHOSEN_BY, LOWEST
from lastfm_gnn.metrics.statistics import UNIT, compare, holm, note, over_seeds, pooled

BY_COUNT = ("mse", "mae")  # of liking: means over pairs; all others are means over users, or over friendships
LEVEL = 0.01  # of a verdict
NAMED = ["task", "league", "model", "kind", "members"]
COMPARED = [
    *("difference", "low", "high", "rank_biserial", "p", "p_holm"),
    *("smallest_seed_difference", "largest_seed_difference", "p_seeds"),
]
WINNERS = [
    *("task", "league", "members", "metric", "kind", "model", "valid", "mean", "sd", "graph_network"),
    *(*COMPARED, "verdict", "note"),
]


@dataclass
class Entry:
    """A model in a league: folders of its runs by seed, and their run.json in the same order; `tuned`: folders of the
    seeds on which settings were found."""

    task: str
    league: str
    model: str
    kind: str
    runs: dict[int, Path] = field(default_factory=dict)
    records: list[dict] = field(default_factory=list)
    tuned: dict[int, Path] = field(default_factory=dict)

    @property
    def family(self) -> str:
        return self.task.split("_")[0]

    @property
    def name(self) -> dict[str, str | int | None]:
        """The first columns of its rows."""
        return {column: getattr(self, column) for column in NAMED}

    @cached_property
    def members(self) -> int | None:
        """How many fits are averaged; None of a model without anything random, which has no such setting."""
        numbers = {record["settings"].get("members") for record in self.records}
        if len(numbers) > 1:
            raise InputError(
                f"{self.task}/{self.league}/{self.model}: {' and '.join(map(str, numbers))} members in different"
                " seeds; give its grid one value of members"
            )
        return numbers.pop()

    @property
    def source(self) -> str:
        """Of the data, as the first run has it: official, generated or own."""
        return self.records[0]["identity"]["source"]

    @cached_property
    def metrics(self) -> pd.DataFrame:
        """A row a seed."""
        return _metrics(self.runs)

    @cached_property
    def tuned_metrics(self) -> pd.DataFrame:
        return _metrics(self.tuned)

    @cached_property
    def units(self) -> list[pd.DataFrame]:
        """Scores of each user, or of each friendship, a table a seed."""
        if self.family == "friends":
            return [tables.read(run / "friendships.parquet", tables.FRIENDSHIP_SCORES) for run in self.runs.values()]
        schemas = tables.LIKING_USERS, tables.RANKING_USERS
        return [tables.read(run / "users.parquet", *schemas) for run in self.runs.values()]

    @property
    def unit_metrics(self) -> list[str]:
        return [name for name in self.units[0].columns if name not in (*UNIT, "count")]

    def pooled(self, metric: str) -> pd.DataFrame:
        return pooled(self.units, metric, metric in BY_COUNT)

    def note(self, metric: str) -> str:
        """Of the seed with the fewest test pairs, and of the units of all seeds."""
        pairs = min(int(one["count"].sum()) if "count" in one else len(one) for one in self.units)
        return note(pairs, len(self.pooled(metric)), "friendships" if self.family == "friends" else "users")

    @cached_property
    def valid(self) -> float:
        """The validation score that chooses, mean over seeds."""
        name = CHOSEN_BY[self.family]
        return float(np.mean([record["valid"][name] for record in self.records]))

    @property
    def loss(self) -> float:
        """The lower, the better."""
        return self.valid if CHOSEN_BY[self.family] in LOWEST else -self.valid


def _metrics(runs: dict[int, Path]) -> pd.DataFrame:
    return pd.DataFrame([read_json(folder / "metrics.json") for folder in runs.values()], index=list(runs))


def read_entries(folders: list[Path], kinds: dict[str, dict[str, str]], tuned: list[int]) -> list[Entry]:
    """Folders of runs, in this order. kinds: family -> model -> kind; tuned: seeds on which settings were found."""
    entries: dict[tuple, Entry] = {}
    for folder in folders:
        record = read_record(folder / "run.json", "task", "league", "model", "split")
        identity = record["identity"]
        task, league, model, split = (identity[name] for name in ("task", "league", "model", "split"))
        kind = kinds.get(task.split("_")[0], {}).get(model)
        if kind is None:
            raise InputError(f"{folder}: --kinds says nothing of {model} under {task.split('_')[0]}")
        entry = entries.setdefault((task, league, model), Entry(task, league, model, kind))
        seed = int(split.removeprefix("strict_")) if re.fullmatch(r"strict_\d+", split) else -1
        if seed in (-1, *entry.tuned, *entry.runs):
            raise InputError(f"{folder}: of {split}; give one run a seed of a strict split")
        if seed in tuned:
            entry.tuned[seed] = folder
        else:
            entry.runs[seed] = folder
            entry.records.append(record)
    for entry in entries.values():
        if not entry.runs:
            raise InputError(f"{'/'.join((entry.task, entry.league, entry.model))}: no run but of --tuned-seeds")
    return list(entries.values())


def best_of_kinds(entries: list[Entry], members: int | None) -> dict[str, Entry]:
    """By kind, the entry with the best mean validation score among those that a model of `members` fits is fairly
    compared with: entries of as many fits, or with nothing random. None, of a model with nothing random: all."""
    fair = [entry for entry in entries if members is None or entry.members in (None, members)]
    return {
        kind: min((entry for entry in fair if entry.kind == kind), key=lambda entry: entry.loss)
        for kind in kinds_of(fair)
    }


def kinds_of(entries: list[Entry]) -> list[str]:
    return list(dict.fromkeys(entry.kind for entry in entries))


def compared(entry: Entry, other: Entry, metric: str) -> dict[str, float]:
    """The entry's scores less the other's, with tests over users or friendships and over seeds."""
    by_seed = (entry.metrics[metric] - other.metrics[metric]).dropna().to_numpy()
    return compare(entry.pooled(metric), other.pooled(metric)) | over_seeds(by_seed)


def comparisons(entries: list[Entry]) -> pd.DataFrame:
    """Every entry of a league beside the best of each other kind: a row a metric. p_holm: corrected over all
    comparisons of the league and metric."""
    rows = []
    for entry in entries:
        for kind, other in best_of_kinds(entries, entry.members).items():
            if kind == entry.kind:
                continue
            of = {"other": other.model, "other_kind": kind}
            rows += [entry.name | {"metric": name} | of | compared(entry, other, name) for name in entry.unit_metrics]
    table = pd.DataFrame(rows, columns=[*NAMED, "metric", "other", "other_kind", *COMPARED])
    table["p_holm"] = table.groupby("metric").p.transform(holm)
    return table


def verdict(row: dict, is_error: bool) -> str:
    """Whether a graph network is ahead of a model of another kind, by a row of comparisons().

    Ahead or behind, if it is so on every seed and both p_holm (over users) and p_seeds are below .01; else level: the
    data do not show a difference. Not tested, if there are fewer than two seeds or two units.
    """
    if np.isnan([row["p_holm"], row["p_seeds"]]).any():
        return "not tested"
    ends = row["smallest_seed_difference"], row["largest_seed_difference"]
    signs = {np.sign(end) * (-1 if is_error else 1) for end in ends}
    if signs in ({1}, {-1}) and max(row["p_holm"], row["p_seeds"]) < LEVEL:
        return "graph network ahead" if signs == {1} else "graph network behind"
    return "level"


def winners(entries: list[Entry], comparison_rows: pd.DataFrame) -> pd.DataFrame:
    """For each number of members, the best of each kind by validation, and how the best graph network compares with
    it (graph network less the other). Both by the metric that chooses. comparison_rows: comparisons() of the
    league."""
    metric = CHOSEN_BY[entries[0].family]
    is_error = metric in LOWEST
    known = comparison_rows[comparison_rows.metric == metric].set_index(["model", "other"]).to_dict("index")
    rows = []
    numbers: list[int | None] = [*sorted({entry.members for entry in entries if entry.members is not None})]
    for members in numbers or [None]:
        best = best_of_kinds(entries, members)
        network = best.get("graph_network")
        for kind, entry in best.items():
            scores = entry.metrics[metric]
            row: dict[str, Any] = {"task": entry.task, "league": entry.league, "members": members}
            row |= {
                "metric": metric,
                "kind": kind,
                "model": entry.model,
                "valid": entry.valid,
                "mean": scores.mean(),
                "sd": scores.std(ddof=1),
            }
            if network and (network.model, entry.model) in known:
                row_of_pair = known[network.model, entry.model]
                row |= {"graph_network": network.model, **{name: row_of_pair[name] for name in COMPARED}}
                row["verdict"] = verdict(row_of_pair, is_error)
            rows.append(row | {"note": entry.note(metric)})
    return pd.DataFrame(rows, columns=WINNERS)
