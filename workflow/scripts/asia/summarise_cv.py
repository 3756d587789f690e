"""Gather every model's scores over the folds that it ran on, and compare it with the best of each other kind.

cv_summary.csv: kind says how a model works, members how many fits it averages (none where nothing is random); valid
is its mean score on the validation parts (accuracy, or NDCG at 20 of all artists); sd the sample standard deviation
over folds. A row of a single split has its mean alone.

cv_comparisons.csv: the difference to the best of each other kind, by `valid`, among strict models with as many
members (any number, if one of the two has nothing random) and with the same lists or none. Metrics are those that are
means over users. p: McNemar's exact test for accuracy, else a paired t-test, over the users of the folds that both
ran on, the fits as they are; p_holm: corrected by Holm over the task's and metric's comparisons; p_folds: corrected
resampled t-test over folds.

cv_printed.csv: every strict model's differences to figures that are printed by fold.

    python workflow/scripts/asia/summarise_cv.py --runs results/runs/region/none/*/strict_* \\
        --models '{"region": {"strict": {"majority": {"kind": "baseline", "members": null},
                   "label_propagation": {"kind": "closed_form_graph", "members": null}}}}' --output-folder results
"""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binomtest, ttest_rel

from lastfm_gnn.asia.folds import TEST_TO_TRAIN
from lastfm_gnn.core import program
from lastfm_gnn.core.files import read_json, whole
from lastfm_gnn.core.program import InputError
from lastfm_gnn.core.run_record import read_record
from lastfm_gnn.data import tables
from lastfm_gnn.metrics.selection import CHOSEN_BY
from lastfm_gnn.metrics.statistics import corrected_t, holm

FOLDS = [f"fold{fold}" for fold in range(5)]
REGION_METRICS = ("accuracy", "macro_f1")
ARTIST_METRICS = ("one_minus_hamming", "micro_f1", "macro_f1", "average_precision", "recall_20", "ndcg_20")
COMPARED = ("accuracy", "one_minus_hamming", "recall_20", "ndcg_20")  # means over users
COMPARISON = ["against", "other", "other_features", "folds", "difference", "smallest_fold_difference"]
TESTS = ["p", "p_holm", "p_folds"]


@dataclass
class Runs:
    """A row of the table but for its metric: folders of its runs by split."""

    task: str
    features: str
    model: str
    protocol: str
    measured: str  # the task whose scores these are: `task`, or one of fewer artists that it was measured on, too
    kind: str
    members: int | None
    folders: dict[str, Path] = field(default_factory=dict)

    @property
    def metrics(self) -> tuple[str, ...]:
        return REGION_METRICS if self.task == "region" else ARTIST_METRICS

    @property
    def name(self) -> dict:
        return {
            "task": self.measured,
            "features": self.features,
            "model": self.model,
            "kind": self.kind,
            "members": self.members,
            "protocol": self.protocol,
        }

    @cached_property
    def valid(self) -> float | None:
        """Mean over folds of the score on validation that chooses; None of published runs, which lack such a part."""
        if self.protocol != "strict":
            return None
        metric = CHOSEN_BY[family(self.task)]
        return float(np.mean([read_record(folder / "run.json")["valid"][metric] for folder in self.folders.values()]))

    def scores(self, metric: str) -> dict[str, float]:
        """By fold, fold0 .. fold4, or single_split."""
        metrics = {place: read_json(folder / "metrics.json") for place, folder in self.folders.items()}
        if self.measured != self.task:
            metrics = {place: values[self.measured] for place, values in metrics.items()}
        return {place: values[metric] for place, values in metrics.items()}

    def user_scores(self, metric: str, places: list[str]) -> pd.Series:
        """The own score of every user tested in those folds, by user_id."""
        name = "predictions" if self.measured == self.task else f"predictions_{self.measured}"
        paths = [self.folders[place] / f"{name}.parquet" for place in places]
        if metric == "accuracy":
            rows = pd.concat([tables.read(path, tables.REGION_PREDICTIONS) for path in paths])
            return (rows.region == rows.predicted).set_axis(rows.user_id)
        rows = pd.concat([tables.read(path, tables.ARTIST_PREDICTIONS) for path in paths])
        return rows[metric].set_axis(rows.user_id).dropna()


def family(task: str) -> str:
    return "region" if task == "region" else "artists"


def read_runs(folders: list[Path], models: dict) -> list[Runs]:
    """Gather folders of runs, a task after the other, else in this order.

    models: {region or artists: {protocol: {model: {kind, members}}}}. Raises InputError where it lacks one.
    """
    runs: dict[tuple, Runs] = {}
    for folder in folders:
        identity = read_record(folder / "run.json", "task", "features", "model", "split")["identity"]
        task, features, model, split = (identity[name] for name in ("task", "features", "model", "split"))
        start, _, fold = split.rpartition("_")
        place, protocol = (f"fold{fold}", start) if fold.isdigit() else (split, split)
        entry = models.get(family(task), {}).get(protocol, {}).get(model)
        if entry is None:
            raise InputError(f"{folder}: --models says nothing of {model} under {family(task)}, {protocol}")
        further = [name for name, value in read_json(folder / "metrics.json").items() if isinstance(value, dict)]
        for measured in [task, *(name for name in further if name.startswith("artists_"))]:
            key = task, features, model, protocol, measured
            runs.setdefault(key, Runs(*key, **entry)).folders[place] = folder
    order = list(dict.fromkeys(run.measured for run in runs.values()))
    return sorted(runs.values(), key=lambda run: order.index(run.measured))


def mcnemar(right: pd.Series, other_right: pd.Series) -> float:
    """Two-sided exact p of two classifiers' hits (bool, paired) being equally many."""
    only, other_only = int((right & ~other_right).sum()), int((other_right & ~right).sum())
    return binomtest(only, only + other_only).pvalue if only + other_only else 1.0


def paired_p(scores: pd.Series, other: pd.Series) -> float:
    """p of two models' means over the same users, by user_id, being equal."""
    scores, other = scores.align(other, join="inner")
    if scores.dtype == bool:
        return mcnemar(scores, other)
    return float(ttest_rel(scores, other).pvalue) if (scores != other).any() else 1.0


def opponents(run: Runs, runs: list[Runs]) -> dict[str, Runs]:
    """The best on validation of each other kind; by kind."""
    best: dict[str, Runs] = {}
    scores: dict[str, float] = {}
    for other in runs:
        if (
            other.measured != run.measured
            or other.protocol != "strict"
            or other.features not in (run.features, "none")
        ):
            continue
        if other.kind == run.kind:
            continue
        if None not in (run.members, other.members) and run.members != other.members:
            continue
        if other.valid is not None and other.valid > scores.get(other.kind, -np.inf):
            best[other.kind], scores[other.kind] = other, other.valid
    return best


def compare(run: Runs, other: Runs, metric: str) -> dict | None:
    """One row of comparisons, over the folds that both ran on; None without any."""
    own, others = pd.Series(run.scores(metric)), pd.Series(other.scores(metric))
    places = [place for place in own.index if place in others.index and place in FOLDS]
    if not places:
        return None
    difference = (own - others)[places].to_numpy()
    return {
        "against": other.kind,
        "other": other.model,
        "other_features": other.features,
        "folds": len(places),
        "difference": difference.mean(),
        "smallest_fold_difference": difference.min(),
        "p": paired_p(run.user_scores(metric, places), other.user_scores(metric, places)),
        "p_folds": corrected_t(difference, TEST_TO_TRAIN),
    }


def comparisons(runs: list[Runs]) -> pd.DataFrame:
    """A row a model, metric and other kind."""
    rows = []
    for run in runs:
        best = opponents(run, runs)
        for metric in (name for name in run.metrics if name in COMPARED):
            compared = [compare(run, other, metric) for other in best.values()]
            rows += [run.name | {"metric": metric} | row for row in compared if row]
    named = ["task", "features", "model", "kind", "members", "protocol", "metric"]
    table = pd.DataFrame(rows, columns=[*named, *COMPARISON, *TESTS])
    table["p_holm"] = table.groupby(["task", "metric"]).p.transform(holm)
    return table


def printed_of(paper: dict, run: Runs, metric: str) -> float | None:
    """What is printed of a model, rounded to four digits where it is a mean of folds."""
    value = paper.get(run.measured, {}).get(run.protocol, {}).get(run.model, {}).get(metric)
    return round(float(np.mean(value)), 4) if isinstance(value, list) else value


def summarise(runs: list[Runs], paper: dict) -> pd.DataFrame:
    """A row a task, features, model, protocol and metric. paper: {task: {protocol: {model: {metric: value or one a
    fold}}}}."""
    rows = []
    for run in runs:
        for metric in run.metrics:
            scores = pd.Series(run.scores(metric))
            row = run.name | {"metric": metric, "paper": printed_of(paper, run, metric)}
            row |= {fold: scores.get(fold) for fold in FOLDS}
            row |= {"mean": scores.mean(), "sd": scores.std(ddof=1) if len(scores) > 1 else None}
            rows.append(row | {"valid": run.valid})
    return pd.DataFrame(rows)


def beside_printed(runs: list[Runs], paper: dict) -> pd.DataFrame:
    """Differences of strict models that ran on every fold to what is printed of each fold."""
    rows = []
    for task, protocols in paper.items():
        for protocol, models in protocols.items():
            for printed, metrics in models.items():
                for metric, values in metrics.items():
                    if not isinstance(values, list):
                        continue
                    for run in runs:
                        if run.measured != task or run.protocol != "strict" or set(run.folders) != set(FOLDS):
                            continue
                        scores = run.scores(metric)
                        difference = np.array([scores[fold] for fold in FOLDS]) - values
                        row = run.name | {"metric": metric, "printed_model": printed, "printed_protocol": protocol}
                        row |= dict(zip(FOLDS, difference, strict=True)) | {"smallest": difference.min()}
                        rows.append(row | {"folds_above": int((difference > 0).sum())})
    columns = ["task", "features", "model", "kind", "members", "protocol", "metric", "printed_model"]
    return pd.DataFrame(rows, columns=[*columns, "printed_protocol", *FOLDS, "smallest", "folds_above"])


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument(
        "--runs", type=Path, nargs="+", required=True, help="folders {task}/{features}/{model}/{split}, in order"
    )
    parser.add_argument(
        "--models",
        type=program.json_object,
        required=True,
        help="JSON: region, artists -> protocol -> model -> kind, members",
    )
    parser.add_argument(
        "--paper",
        type=program.json_object,
        default={},
        help="JSON: task -> protocol -> model -> metric -> value or five",
    )
    parser.add_argument("--output-folder", type=Path, required=True, help="of the three tables")
    args = parser.parse_args(argv)

    runs = read_runs(args.runs, args.models)
    made = {"summary": summarise(runs, args.paper), "comparisons": comparisons(runs)}
    made["printed"] = beside_printed(runs, args.paper)
    for name, table in made.items():
        table["members"] = table.members.astype("Int64")
        for column in table.columns.intersection(TESTS):
            table[column] = table[column].map(lambda p: "" if pd.isna(p) else f"{p:.2g}")
        with whole(args.output_folder / f"cv_{name}.csv") as temporary:
            table.to_csv(temporary, index=False, float_format="%.5f")
    print(made["summary"].drop(columns=FOLDS).to_string(index=False))


if __name__ == "__main__":
    program.run(main)
