"""Gather every model's errors over the five folds, beside its best baseline.

sd is the sample standard deviation over folds. p_value: McNemar's exact test of the model's accuracy against the
best baseline's, paired over users, folds pooled; macro-F1 has none, since it is not a mean over users.

    python workflow/scripts/summarise_cv.py --runs results/runs/region --models majority label_propagation \\
        --baselines majority label_propagation --output results/cv_summary.csv
"""

from pathlib import Path

import pandas as pd
from scipy.stats import binomtest

from lastfm_gnn import program, tables
from lastfm_gnn.files import read_json, whole
from lastfm_gnn.folds import FOLDS as SPLITS

FOLDS = [split for split in SPLITS if split != "single"]
METRICS = ("accuracy", "macro_f1")


def mcnemar(right: pd.Series, other_right: pd.Series) -> float:
    """Two-sided exact p of two classifiers' hits (bool, paired) being equally many."""
    only, other_only = int((right & ~other_right).sum()), int((other_right & ~right).sum())
    return binomtest(only, only + other_only).pvalue if only + other_only else 1.0


def read_hits(runs: Path, model: str) -> pd.Series:
    """Whether each user's region was hit, by user, folds pooled."""
    rows = pd.concat(
        [tables.read(runs / model / fold / "predictions.parquet", tables.REGION_PREDICTIONS) for fold in FOLDS]
    )
    return (rows.region == rows.predicted).set_axis(rows.user_id).sort_index()


def summarise(runs: Path, models: list[str], baselines: list[str], task: str, features: str) -> pd.DataFrame:
    """One row a model and metric."""
    scores = {
        (model, metric): [read_json(runs / model / fold / "metrics.json")[metric] for fold in FOLDS]
        for model in models
        for metric in METRICS
    }
    hits = {model: read_hits(runs, model) for model in models}
    rows = []
    for model in models:
        for metric in METRICS:
            found = pd.Series(scores[model, metric])
            rivals = {name: pd.Series(scores[name, metric]).mean() for name in baselines if name != model}
            best = max(rivals, key=rivals.get)
            rows.append(
                {"task": task, "features": features, "model": model, "protocol": "strict", "metric": metric}
                | {"paper": None}
                | dict(zip([fold.replace("_", "") for fold in FOLDS], found, strict=True))
                | {"mean": found.mean(), "sd": found.std(ddof=1), "best_baseline": best}
                | {"difference": found.mean() - rivals[best]}
                | {"p_value": mcnemar(hits[model], hits[best]) if metric == "accuracy" else None}
            )
    return pd.DataFrame(rows)


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--runs", type=Path, required=True, help="folder of {model}/fold_{k}/")
    parser.add_argument("--models", nargs="+", required=True, help="the rows, in order")
    parser.add_argument("--baselines", nargs="+", required=True, help="two of the models or more")
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args(argv)

    table = summarise(args.runs, args.models, args.baselines, task="region", features="none")
    table["p_value"] = table.p_value.map(lambda p: "" if pd.isna(p) else f"{p:.2g}")
    with whole(args.output) as temporary:
        table.to_csv(temporary, index=False, float_format="%.5f")
    print(table[["model", "metric", "mean", "sd", "best_baseline", "difference", "p_value"]].to_string(index=False))


if __name__ == "__main__":
    program.run(main)
