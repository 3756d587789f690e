"""Every model of every task and league over its seeds, beside the best rival of its league.

The best rival is that of the best mean validation score (liking: MSE, ranking: NDCG at 10, friends: MRR). mean, sd:
over seeds; low, high: 95 % bootstrap interval over users; p_value: Wilcoxon's signed-rank test over users against the
best rival, each user's mean over seeds, corrected by Holm over the models of the league and metric.

comparisons.csv: the differences to the best rival with their intervals and effect sizes. activity.csv: the scores of
cold, medium and hot users and artists. ablations.csv: what a model loses without one of its parts.

    python workflow/scripts/make_leaderboard.py --runs results/runs/liking/scores/*/strict_* \\
        --kinds '{"liking": {"bias": "baseline", "sage": "graph_network"}}' --output-folder results
"""

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd
from matplotlib.lines import Line2D

from lastfm_gnn import program, tables
from lastfm_gnn.figures import KIND_COLOURS, figure
from lastfm_gnn.files import read_json, whole
from lastfm_gnn.program import InputError
from lastfm_gnn.statistics import compare, holm, interval, pooled

# first word of the task: the validation score that chooses, and whether it is an error
CHOSEN_BY = {"liking": ("mse", True), "ranking": ("ndcg_10", False), "friends": ("mrr", False)}
BY_COUNT = ("mse", "mae", "auc", "mrr", "hits_10", "hits_20")  # of liking and friends: means over pairs
GROUPED = re.compile(r"(\w+?)_(cold|medium|hot)_(users|artists)")


@dataclass
class Entry:
    """A model in a league: folders of its runs, one a seed."""

    task: str
    league: str
    model: str
    kind: str
    folders: list[Path] = field(default_factory=list)

    @property
    def family(self) -> str:
        return self.task.split("_")[0]

    @cached_property
    def metrics(self) -> pd.DataFrame:
        """A row a seed."""
        return pd.DataFrame([read_json(folder / "metrics.json") for folder in self.folders])

    @cached_property
    def users(self) -> list[pd.DataFrame]:
        schemas = tables.LIKING_USERS, tables.RANKING_USERS, tables.FRIENDS_USERS
        return [tables.read(folder / "users.parquet", *schemas) for folder in self.folders]

    @property
    def user_metrics(self) -> list[str]:
        return [name for name in self.users[0].columns if name not in ("user_id", "count")]

    def valid(self) -> float:
        """The lower, the better: mean over seeds."""
        name, is_error = CHOSEN_BY[self.family]
        values = [read_json(folder / "run.json")["valid"][name] for folder in self.folders]
        return sum(values) / len(values) * (1 if is_error else -1)


def read_entries(folders: list[Path], kinds: dict[str, dict[str, str]]) -> list[Entry]:
    """Folders .../{task}/{league}/{model}/strict_{seed}, in this order."""
    found: dict[tuple, Entry] = {}
    for folder in folders:
        task, league, model, _ = folder.parts[-4:]
        kind = kinds.get(task.split("_")[0], {}).get(model)
        if kind is None:
            raise InputError(f"{folder}: --kinds says nothing of {model} under {task.split('_')[0]}")
        found.setdefault((task, league, model), Entry(task, league, model, kind)).folders.append(folder)
    return list(found.values())


def ablated(entries: list[Entry], wholes: dict[str, str]) -> pd.DataFrame:
    """A row an ablation and metric of a league; wholes: model of each. difference: to the whole model."""
    models = {entry.model: entry for entry in entries}
    rows = []
    for entry in entries:
        if entry.kind != "ablation":
            continue
        own, whole = entry.users, models[wholes[entry.model]].users
        for metric in entry.user_metrics:
            by_count = metric in BY_COUNT
            row = {"task": entry.task, "league": entry.league, "model": wholes[entry.model], "ablation": entry.model}
            row |= {"metric": metric, "mean": entry.metrics[metric].mean()}
            rows.append(row | compare(pooled(own, metric, by_count), pooled(whole, metric, by_count)))
    return pd.DataFrame(rows)


def of_league(entries: list[Entry]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of the leaderboard, and of the comparisons, for all entries of a task and league."""
    users = {entry.model: entry.users for entry in entries}
    rivals = sorted((entry for entry in entries if entry.kind not in ("graph_network", "blend")), key=Entry.valid)
    rows, comparisons = [], []
    for entry in entries:
        shared = {"task": entry.task, "league": entry.league, "model": entry.model}
        rival = next((one.model for one in rivals if one.model != entry.model), None)
        found = entry.metrics
        per_user = entry.user_metrics
        whole_only = [name for name in found if name.startswith("coverage")]
        for metric in [*per_user, *whole_only]:
            row = shared | {"kind": entry.kind, "metric": metric}
            row |= {"mean": found[metric].mean(), "sd": found[metric].std(ddof=1), "seeds": len(found)}
            if metric in per_user:
                own = pooled(users[entry.model], metric, metric in BY_COUNT)
                row["low"], row["high"] = interval(own.total.to_numpy(), own.weight.to_numpy())
                if rival:
                    one = compare(own, pooled(users[rival], metric, metric in BY_COUNT))
                    row |= {"best_rival": rival, "p_value": one["p"]}
                    comparisons.append(shared | {"metric": metric, "other": rival} | one)
            rows.append(row)
    columns = ["task", "league", "model", "kind", "metric", "mean", "sd", "low", "high", "best_rival", "p_value"]
    table, compared = pd.DataFrame(rows, columns=[*columns, "seeds"]), pd.DataFrame(comparisons)
    table["p_value"] = table.groupby("metric").p_value.transform(holm)
    if len(compared):
        compared["p_holm"] = compared.groupby("metric").p.transform(holm)
    return table, compared


def activity(entry: Entry) -> list[dict]:
    """Means over seeds of the scores of cold, medium and hot users and artists."""
    shared = {"task": entry.task, "league": entry.league, "model": entry.model}
    means = entry.metrics.mean(numeric_only=True)
    parts = {name: GROUPED.fullmatch(name) for name in means.index}
    return [
        shared | {"metric": match[1], "of": match[3], "activity": match[2], "mean": means[name]}
        for name, match in parts.items()
        if match
    ]


def draw(path: Path, table: pd.DataFrame, task: str, data: str | None) -> None:
    """The score that chooses, with its interval: a panel a league."""
    metric, _ = CHOSEN_BY[task.split("_")[0]]
    leagues = list(table[(table.task == task) & (table.metric == metric)].groupby("league", sort=False))
    height = 1.3 + 0.22 * max(len(group) for _, group in leagues)
    title = f"{task}: {metric} on test, 95 % intervals over users" + (f" ({data} data)" if data else "")
    with figure(path, title, len(leagues), max(6, 3.6 * len(leagues)), height) as axes:
        for axis, (league, group) in zip(axes, leagues, strict=True):
            for place, row in enumerate(group.itertuples()):
                bounds = [[row.mean - row.low], [row.high - row.mean]]
                axis.errorbar(
                    row.mean, place, xerr=bounds, fmt="o", color=KIND_COLOURS[row.kind], markersize=4, capsize=2
                )
            axis.set(title=league, xlabel=metric, yticks=range(len(group)), yticklabels=group.model)
            axis.invert_yaxis()
            axis.locator_params(axis="x", nbins=4)
        kinds = set(table.kind[table.task == task])
        marks = [
            Line2D([], [], color=colour, marker="o", label=kind)
            for kind, colour in KIND_COLOURS.items()
            if kind in kinds
        ]
        axes[0].figure.legend(handles=marks, loc="outside lower center", ncols=len(marks))


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--runs", type=Path, nargs="+", required=True, help="folders, in the order of the rows")
    parser.add_argument(
        "--kinds", type=json.loads, required=True, help="JSON: family -> model -> a kind, see config/README.md"
    )
    parser.add_argument("--ablations", type=json.loads, default={}, help="JSON: family -> ablation -> model")
    parser.add_argument("--data", help="put this word in a first column, for what is not of the official data")
    parser.add_argument("--output-folder", type=Path, required=True, help="of the tables and figures/")
    args = parser.parse_args(argv)

    leagues: dict[tuple[str, str], list[Entry]] = {}
    for entry in read_entries(args.runs, args.kinds):
        leagues.setdefault((entry.task, entry.league), []).append(entry)
    shown = [[entry for entry in of if entry.kind != "ablation"] for of in leagues.values()]
    found = [of_league(of) for of in shown]
    outputs = {
        "leaderboard": pd.concat([table for table, _ in found]),
        "comparisons": pd.concat([compared for _, compared in found]),
        "activity": pd.DataFrame([row for of in shown for entry in of for row in activity(entry)]),
        "ablations": pd.concat([ablated(of, args.ablations.get(of[0].family, {})) for of in leagues.values()]),
    }
    for task in outputs["leaderboard"].task.unique():
        draw(args.output_folder / "figures" / f"leaderboard_{task}.png", outputs["leaderboard"], task, args.data)
    for name, table in outputs.items():
        for column in {"p_value", "p", "p_holm"} & set(table):
            table[column] = table[column].map(lambda p: "" if pd.isna(p) else f"{p:.2g}")
        if args.data:
            table.insert(0, "data", args.data)
        with whole(args.output_folder / f"{name}.csv") as temporary:
            table.to_csv(temporary, index=False, float_format="%.6f")
    print(outputs["leaderboard"].to_string(index=False))


if __name__ == "__main__":
    program.run(main)
