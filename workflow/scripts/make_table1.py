"""Table 1: what the paper printed, what its protocol gives today, and what remains without the leak.

    python workflow/scripts/make_table1.py --models naive_gcn user_mean \\
        --printed '{"naive_gcn": {"mse": 0.0271, "mae": 0.1254}}' \\
        --metrics results/runs/liking/*/*/metrics.json --output results/table1.csv
"""

import json
from pathlib import Path

import pandas as pd

from lastfm_gnn import program
from lastfm_gnn.files import read_json, whole
from lastfm_gnn.program import InputError

PROTOCOLS = ("published", "strict")
ERRORS = ("mse", "mae")


def read_metrics(paths: list[Path]) -> pd.DataFrame:
    """One row a file .../{model}/{protocol}_{seed}/metrics.json: model, protocol, seed, mse, mae."""
    rows = []
    for path in paths:
        protocol, _, seed = path.parent.name.partition("_")
        if protocol not in PROTOCOLS or not seed.isdigit():
            raise InputError(f"{path}: its folder is not called published_<seed> or strict_<seed>")
        errors = {name: read_json(path)[name] for name in ERRORS}
        rows.append({"model": path.parent.parent.name, "protocol": protocol, "seed": int(seed), **errors})
    return pd.DataFrame(rows)


def table1(metrics: pd.DataFrame, models: list[str], printed: dict[str, dict[str, float]]) -> pd.DataFrame:
    """One row a model, in the order given: mean and sample standard deviation (ddof 1) over seeds."""
    rows = []
    for model in models:
        row = {"model": model} | {f"paper_{name}": printed.get(model, {}).get(name) for name in ERRORS}
        of_model = metrics[metrics.model == model]
        seeds = of_model.groupby("protocol").seed.agg(set)
        if seeds.empty or any(found != seeds.iloc[0] for found in seeds):
            raise InputError(
                f"{model}: its metrics are of the seeds {seeds.to_dict()}; give those of one set of seeds"
            )
        for protocol in PROTOCOLS:
            found = of_model[of_model.protocol == protocol]
            for name in ERRORS:
                row[f"{protocol}_{name}"] = found[name].mean()
                row[f"{protocol}_{name}_sd"] = found[name].std(ddof=1)
        rows.append(row | {"seeds": len(seeds.iloc[0])})
    return pd.DataFrame(rows)


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--models", nargs="+", required=True, help="the rows, in order")
    parser.add_argument("--printed", type=json.loads, default={}, help="JSON: model -> the paper's mse and mae")
    parser.add_argument("--metrics", type=Path, nargs="+", required=True)
    parser.add_argument("--data", help="put this word in a first column, for what is not of the official data")
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args(argv)

    table = table1(read_metrics(args.metrics), args.models, args.printed)
    if args.data:
        table.insert(0, "data", args.data)
    with whole(args.output) as temporary:
        table.to_csv(temporary, index=False, float_format="%.5f")
    print(table.to_string(index=False, float_format="%.5f", na_rep=""))


if __name__ == "__main__":
    program.run(main)
