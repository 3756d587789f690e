"""Choose the model of liking scores that is served: the one of the best mean validation MSE over the seeds.

The settings of the graph filter, whose order artists are recommended in, are kept beside it.

    runs=results/runs
    python workflow/scripts/recommend/choose_champion.py --runs $runs/liking/*/edge_network/strict_* \\
        --filter-run $runs/ranking/friends/graph_filter/strict_0/run.json --tables results/tables/hetrec \\
        --output-folder results/champion
"""

import shutil
from pathlib import Path

import pandas as pd

from lastfm_gnn.core import program
from lastfm_gnn.core.files import digest, sha256, whole, write_json
from lastfm_gnn.core.run_record import read_record
from lastfm_gnn.data.tables import numbering_sha256


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--runs", type=Path, nargs="+", required=True, help="folders")
    parser.add_argument("--filter-run", type=Path, required=True, help="run.json of the graph filter")
    parser.add_argument("--tables", type=Path, required=True, help="folder of HetRec's tables")
    parser.add_argument("--output-folder", type=Path, required=True, help="of model.pt and champion.json")
    args = parser.parse_args(argv)

    runs = pd.DataFrame(
        [
            {"folder": folder, "valid_mse": record["valid"]["mse"]} | record["identity"]
            for folder in args.runs
            for record in [read_record(folder / "run.json", "league", "model", "split")]
        ]
    )
    means = runs.groupby(["league", "model"], sort=False).valid_mse.mean()
    league, model = means.idxmin()
    first = runs[(runs.league == league) & (runs.model == model)].iloc[0]
    with whole(args.output_folder / "model.pt") as temporary:
        shutil.copyfile(first.folder / "model.pt", temporary)
    run = read_record(first.folder / "run.json")
    chosen = {"league": league, "model": model, "mean_valid_mse": float(means.min())}
    chosen["valid_mse"] = float(first.valid_mse)
    chosen["filter"] = read_record(args.filter_run)["settings"]
    # the data that it must be given again, and no other
    [train] = [digest for path, digest in run["data_sha256"].items() if Path(path).name == "train.parquet"]
    chosen |= {"tables_sha256": numbering_sha256(args.tables), "train_sha256": train}
    chosen |= {"split": first.split} | {name: run[name] for name in ("identity", "settings", "git_commit")}
    chosen["model_sha256"] = sha256(args.output_folder / "model.pt")
    write_json(args.output_folder / "champion.json", chosen | {"sha256": digest(chosen)})  # who edits either is told
    print(f"{model} of {league}: mean validation MSE {means.min():.5f}, the best of {len(means)}")


if __name__ == "__main__":
    program.run(main)
