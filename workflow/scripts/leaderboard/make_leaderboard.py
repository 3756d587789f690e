"""Every model of every task and league over its seeds, and each beside the best model of each other kind.

Best is who has the best mean validation score over the seeds (liking: MSE, ranking: NDCG at 10, friends: MRR). Models
are compared only with those of as many members (fits that are averaged), or with such as have nothing random.

leaderboard.csv: mean, sd: over seeds; low, high: 95 % interval over users (bootstrap), or over friendships;
mean_tuned_seeds: over the seeds on whose validation parts settings were found, which count nowhere else; note: what
makes a figure mean little. comparisons.csv: differences to the best of each other kind; p: paired t-test over users
or friendships, fits as they are; p_holm: the same, corrected by Holm over all comparisons of the task, league and
metric; p_seeds: corrected resampled t-test over seeds. winners.csv: the best of each kind, and how the best graph
network compares with it. activity.csv: the scores of cold, medium and hot users and artists. ablations.csv: what a
model loses without one of its parts. See lastfm_gnn/metrics/statistics.py and lastfm_gnn/leaderboard/leagues.py.

    python workflow/scripts/leaderboard/make_leaderboard.py --runs results/runs/liking/scores/*/strict_* \\
        --tuned-seeds 0 --kinds '{"liking": {"bias": "baseline", "sage": "graph_network"}}' --output-folder results
"""

import re
from pathlib import Path

import pandas as pd
from matplotlib.lines import Line2D

from lastfm_gnn.core import program
from lastfm_gnn.core.files import whole
from lastfm_gnn.core.plotting import KIND_COLOURS, figure
from lastfm_gnn.data.tables import source_note
from lastfm_gnn.leaderboard.leagues import (
    COMPARED,
    NAMED,
    Entry,
    compared,
    comparisons,
    read_entries,
    winners,
)
from lastfm_gnn.metrics.selection import CHOSEN_BY
from lastfm_gnn.metrics.statistics import holm, interval

GROUPED = re.compile(r"(\w+?)_(cold|medium|hot)_(users|artists)")
DIVERSITY = ("coverage", "novelty", "similarity")  # of all lists together: no intervals and tests
COLUMNS = [*NAMED, "metric", "mean", "sd", "seeds", "low", "high", "mean_tuned_seeds", "note"]


def ablated(entries: list[Entry], wholes: dict[str, str]) -> pd.DataFrame:
    """A row an ablation and metric of a league; wholes: model of each. difference: to the whole model."""
    models = {entry.model: entry for entry in entries}
    rows = []
    for entry in entries:
        if entry.kind != "ablation":
            continue
        whole = models[wholes[entry.model]]
        for metric in entry.unit_metrics:
            row = {"task": entry.task, "league": entry.league, "model": whole.model, "ablation": entry.model}
            row |= {"metric": metric, "mean": entry.metrics[metric].mean()}
            rows.append(row | compared(entry, whole, metric))
    table = pd.DataFrame(rows, columns=["task", "league", "model", "ablation", "metric", "mean", *COMPARED])
    table["p_holm"] = table.groupby("metric").p.transform(holm)
    return table


def of_entry(entry: Entry) -> list[dict]:
    """Rows of the leaderboard, one a metric."""
    rows = []
    whole_only = [name for name in entry.metrics if name.startswith(DIVERSITY)]
    for metric in [*entry.unit_metrics, *whole_only]:
        scores = entry.metrics[metric]
        row = entry.name | {
            "metric": metric,
            "mean": scores.mean(),
            "sd": scores.std(ddof=1),
            "seeds": len(scores),
        }
        if entry.tuned:
            row["mean_tuned_seeds"] = entry.tuned_metrics[metric].mean()
        if metric in entry.unit_metrics:
            own = entry.pooled(metric)
            row["low"], row["high"] = interval(own)
            row["note"] = entry.note(metric)
        rows.append(row)
    return rows


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


def draw(path: Path, table: pd.DataFrame, task: str, source: str) -> None:
    """The score that chooses, with its interval: a panel a league."""
    metric = CHOSEN_BY[task.split("_")[0]]
    leagues = list(table[(table.task == task) & (table.metric == metric)].groupby("league", sort=False))
    height = 1.3 + 0.22 * max(len(group) for _, group in leagues)
    units = "friendships" if task.startswith("friends") else "users"
    title = f"{task}: {metric} on test, 95 % intervals over {units}{source_note(source)}"
    with figure(path, title, len(leagues), max(6, 3.6 * len(leagues)), height, vector=True) as axes:
        for axis, (league, group) in zip(axes, leagues, strict=True):
            for place, row in enumerate(group.itertuples()):
                # the mean is over seeds, the interval over pooled units: of one or two users it can lie outside
                bounds = [[max(row.mean - row.low, 0)], [max(row.high - row.mean, 0)]]
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
        "--kinds",
        type=program.json_object,
        required=True,
        help="JSON: family -> model -> a kind, see config/README.md",
    )
    parser.add_argument(
        "--tuned-seeds", type=int, nargs="*", default=[], help="seeds on whose validation parts settings were found"
    )
    parser.add_argument("--ablations", type=program.json_object, default={}, help="JSON: family -> ablation -> model")
    parser.add_argument("--output-folder", type=Path, required=True, help="of the tables and figures/")
    args = parser.parse_args(argv)

    leagues: dict[tuple[str, str], list[Entry]] = {}
    for entry in read_entries(args.runs, args.kinds, args.tuned_seeds):
        leagues.setdefault((entry.task, entry.league), []).append(entry)
    shown = [[entry for entry in league if entry.kind != "ablation"] for league in leagues.values()]
    compared = [comparisons(league) for league in shown]
    of_ablations = [ablated(league, args.ablations.get(league[0].family, {})) for league in leagues.values()]
    outputs = {
        "leaderboard": pd.DataFrame(
            [row for league in shown for entry in league for row in of_entry(entry)], columns=COLUMNS
        ),
        "comparisons": pd.concat(compared),
        "winners": pd.concat([winners(league, table) for league, table in zip(shown, compared, strict=True)]),
        "activity": pd.DataFrame([row for league in shown for entry in league for row in activity(entry)]),
        "ablations": pd.concat(of_ablations),
    }
    source = {league[0].task: league[0].source for league in leagues.values()}
    for task in outputs["leaderboard"].task.unique():
        draw(args.output_folder / "figures" / f"leaderboard_{task}.png", outputs["leaderboard"], task, source[task])
    for name, table in outputs.items():
        for column in {"p", "p_holm", "p_seeds"} & set(table):
            table[column] = table[column].map(lambda p: "" if pd.isna(p) else f"{p:.2g}")
        if "members" in table:
            table["members"] = table["members"].astype("Int64")
        if set(source.values()) != {"official"}:
            table.insert(0, "data", table.task.map(source))
        with whole(args.output_folder / f"{name}.csv") as temporary:
            table.to_csv(temporary, index=False, float_format="%.6f")
    print(outputs["leaderboard"].to_string(index=False))
    print(outputs["winners"].to_string(index=False))


if __name__ == "__main__":
    program.run(main)
