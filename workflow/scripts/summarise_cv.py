"""Gather every model's scores over the folds that it ran on, beside the best of its task's baselines.

sd is the sample standard deviation over folds. difference: to the best baseline, over the folds that the model ran
on. p_value: paired over the users of those folds: McNemar's exact test for accuracy; else Wilcoxon's signed-rank test
of the users' own scores (for micro F1 of their F1, for average precision of their average precision). Macro-F1 has
none, since it is not a mean over users. A row of a single split has its mean alone.

    python workflow/scripts/summarise_cv.py --runs results/runs/region/none/*/strict_* \\
        --baselines '{"region": ["majority", "label_propagation"]}' --output results/cv_summary.csv
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binomtest, wilcoxon

from lastfm_gnn import program, tables
from lastfm_gnn.files import read_json, whole

FOLDS = 5
REGION_METRICS = ("accuracy", "macro_f1")
ARTIST_METRICS = ("one_minus_hamming", "micro_f1", "macro_f1", "average_precision", "recall_20", "ndcg_20")
USER_SCORE = {"micro_f1": "f1"} | {name: name for name in ARTIST_METRICS if not name.endswith("f1")}


@dataclass
class Runs:
    """A row of the table but for its metric: folders of its runs by split."""

    task: str
    features: str
    model: str
    protocol: str
    measured: str  # the task whose scores these are: `task`, or one of fewer artists that it was measured on, too
    folders: dict[str, Path] = field(default_factory=dict)

    @property
    def metrics(self) -> tuple[str, ...]:
        return REGION_METRICS if self.task == "region" else ARTIST_METRICS

    def scores(self, metric: str) -> dict[str, float]:
        """By fold, fold0 .. fold4, or single_split."""
        found = {place: read_json(folder / "metrics.json") for place, folder in self.folders.items()}
        if self.measured != self.task:
            found = {place: one[self.measured] for place, one in found.items()}
        return {place: one[metric] for place, one in found.items()}

    def user_scores(self, metric: str, places: list[str]) -> pd.Series | None:
        """The own score of every user tested in those folds, by user_id; None where there is no such thing."""
        name = "predictions" if self.measured == self.task else f"predictions_{self.measured}"
        paths = [self.folders[place] / f"{name}.parquet" for place in places]
        if metric == "accuracy":
            rows = pd.concat([tables.read(path, tables.REGION_PREDICTIONS) for path in paths])
            return (rows.region == rows.predicted).set_axis(rows.user_id)
        if metric not in USER_SCORE:
            return None
        rows = pd.concat([tables.read(path, tables.ARTIST_PREDICTIONS) for path in paths])
        return rows[USER_SCORE[metric]].set_axis(rows.user_id).dropna()


def read_runs(folders: list[Path]) -> list[Runs]:
    """Gather folders .../{task}/{features}/{model}/{split}, a task after the other, else in this order."""
    found: dict[tuple, Runs] = {}
    for folder in folders:
        task, features, model, split = folder.parts[-4:]
        protocol, _, fold = split.rpartition("_")
        place = f"fold{fold}" if fold.isdigit() else split
        further = [name for name, one in read_json(folder / "metrics.json").items() if isinstance(one, dict)]
        for measured in [task, *(name for name in further if name.startswith("artists_"))]:
            key = task, features, model, protocol if fold.isdigit() else split, measured
            found.setdefault(key, Runs(*key)).folders[place] = folder
    order = list(dict.fromkeys(run.measured for run in found.values()))
    return sorted(found.values(), key=lambda run: order.index(run.measured))


def mcnemar(right: pd.Series, other_right: pd.Series) -> float:
    """Two-sided exact p of two classifiers' hits (bool, paired) being equally many."""
    only, other_only = int((right & ~other_right).sum()), int((other_right & ~right).sum())
    return binomtest(only, only + other_only).pvalue if only + other_only else 1.0


def paired_p(found: pd.Series | None, other: pd.Series | None) -> float | None:
    """p of two models' scores of the same users, by user_id, being alike."""
    if found is None or other is None:
        return None
    found, other = found.align(other, join="inner")
    if found.dtype == bool:
        return mcnemar(found, other)
    return float(wilcoxon(found, other).pvalue) if (found != other).any() else 1.0


def kind(run: Runs) -> str:
    return "region" if run.task == "region" else "artists"


def summarise(runs: list[Runs], baselines: dict[str, list[str]], paper: dict) -> pd.DataFrame:
    """One row a task, features, model, protocol and metric. paper: {task: {protocol: {model: {metric: value}}}}."""
    rows = []
    for run in runs:
        rivals = [
            other
            for other in runs
            if other.measured == run.measured and other.model in baselines[kind(run)] and other.model != run.model
        ]
        for metric in run.metrics:
            found = pd.Series(run.scores(metric))
            row = {"task": run.measured, "features": run.features, "model": run.model, "protocol": run.protocol}
            printed = paper.get(run.measured, {}).get(run.protocol, {}).get(run.model, {})
            row |= {"metric": metric, "paper": printed.get(metric)}
            row |= {f"fold{fold}": found.get(f"fold{fold}") for fold in range(FOLDS)}
            row |= {"mean": found.mean(), "sd": found.std(ddof=1) if len(found) > 1 else None}
            places = [place for place in found.index if all(place in rival.folders for rival in rivals)]
            if rivals and places:
                means = [np.mean([rival.scores(metric)[place] for place in places]) for rival in rivals]
                best = rivals[int(np.argmax(means))]
                row |= {"best_baseline": best.model, "difference": found[places].mean() - max(means)}
                row["p_value"] = paired_p(run.user_scores(metric, places), best.user_scores(metric, places))
            rows.append(row)
    columns = ["task", "features", "model", "protocol", "metric", "paper", *(f"fold{fold}" for fold in range(FOLDS))]
    return pd.DataFrame(rows, columns=[*columns, "mean", "sd", "best_baseline", "difference", "p_value"])


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument(
        "--runs", type=Path, nargs="+", required=True, help="folders {task}/{features}/{model}/{split}, in order"
    )
    parser.add_argument("--baselines", type=json.loads, required=True, help="JSON: region, artists -> models")
    parser.add_argument(
        "--paper", type=json.loads, default={}, help="JSON: task -> protocol -> model -> metric -> value"
    )
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args(argv)

    table = summarise(read_runs(args.runs), args.baselines, args.paper)
    table["p_value"] = table.p_value.map(lambda p: "" if pd.isna(p) else f"{p:.2g}")
    with whole(args.output) as temporary:
        table.to_csv(temporary, index=False, float_format="%.5f")
    print(table.drop(columns=[f"fold{fold}" for fold in range(FOLDS)]).to_string(index=False))


if __name__ == "__main__":
    program.run(main)
