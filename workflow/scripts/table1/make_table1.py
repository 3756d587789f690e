"""Table 1: what the paper printed, what its protocol gives today, and what remains without the leak.

published_*: the authors' protocol, which leaks. leak_free_*: the authors' code on a split and messages without the
leak. user_to_artist_*: the same, each pair scored in this direction alone. strict_*: then with the printed equations.
Baselines have no layers and know no direction, so that without the leak they are one.

    python workflow/scripts/table1/make_table1.py --models naive_gcn user_mean --baselines user_mean \\
        --printed '{"naive_gcn": {"mse": 0.0271, "mae": 0.1254}}' \\
        --metrics results/runs/table1/*/*/metrics.json --output results/table1.csv
"""

from pathlib import Path

import pandas as pd

from lastfm_gnn.core import program
from lastfm_gnn.core.files import read_json, whole
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.metrics.statistics import few_pairs

PROTOCOLS = ("published", "leak_free", "user_to_artist", "strict")
ERRORS = ("mse", "mae")
IDENTITY = ("model", "protocol", "split", "source")


def read_metrics(paths: list[Path]) -> pd.DataFrame:
    """One row a metrics.json of evaluate_model: model, protocol, split, mse, mae, pairs and source."""
    rows = []
    for path in paths:
        content = read_json(path)
        identity = content.get("identity", {})
        if lacking := [name for name in IDENTITY if name not in identity]:
            raise InputError(f"{path}: does not say its {lacking[0]}; train and evaluate it again with --identity")
        rows.append(
            {name: identity[name] for name in IDENTITY} | {name: content[name] for name in (*ERRORS, "pairs")}
        )
    return pd.DataFrame(rows)


def table1(
    metrics: pd.DataFrame, models: list[str], baselines: list[str], printed: dict[str, dict[str, float]]
) -> pd.DataFrame:
    """One row a model, in the order given: mean and sample standard deviation (ddof 1) over seeds."""
    rows = []
    for model in models:
        row = {"model": model} | {f"paper_{name}": printed.get(model, {}).get(name) for name in ERRORS}
        of_model = metrics[metrics.model == model]
        seeds = of_model.split.str.rpartition("_")[2].groupby(of_model.protocol).agg(set)
        if seeds.empty or any(of_protocol != seeds.iloc[0] for of_protocol in seeds):
            raise InputError(
                f"{model}: its metrics are of the seeds {seeds.to_dict()}; give those of one set of seeds"
            )
        for protocol in PROTOCOLS:
            same = "strict" if model in baselines and protocol != "published" else protocol
            measured = of_model[of_model.protocol == same]
            for name in ERRORS:
                row[f"{protocol}_{name}"] = measured[name].mean()
                row[f"{protocol}_{name}_sd"] = measured[name].std(ddof=1)
        rows.append(row | {"seeds": len(seeds.iloc[0]), "note": few_pairs(of_model.pairs.min())})
    return pd.DataFrame(rows)


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--models", nargs="+", required=True, help="the rows, in order")
    parser.add_argument("--baselines", nargs="*", default=[], help="those of them that have no layers")
    parser.add_argument(
        "--printed", type=program.json_object, default={}, help="JSON: model -> the paper's mse and mae"
    )
    parser.add_argument("--metrics", type=Path, nargs="+", required=True)
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args(argv)

    metrics = read_metrics(args.metrics)
    sources = set(metrics.source)
    printed = args.printed if sources == {"official"} else {}  # the paper's figures are of those data
    table = table1(metrics, args.models, args.baselines, printed)
    tables.name_source(table, sources)
    with whole(args.output) as temporary:
        table.to_csv(temporary, index=False, float_format="%.5f")
    print(table.to_string(index=False, float_format="%.5f", na_rep=""))


if __name__ == "__main__":
    program.run(main)
