"""Put the chosen model of liking scores into MLflow's registry, under the alias `champion`.

    python workflow/scripts/recommend/register_champion.py --champion results/champion \\
        --tables results/tables/hetrec --train results/splits/liking/strict_0/train.parquet \\
        --requirements requirements.txt --name lastfm_liking --store-folder results/mlflow \\
        --output results/mlflow/champion.json

Where the store does not take it, the receipt says why, and the exit status is 0 all the same.
Then, where the environment is: mlflow.pyfunc.load_model("models:/lastfm_liking@champion"), or make serve.
"""

from pathlib import Path

from lastfm_gnn.core import program
from lastfm_gnn.core.files import sha256
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.recommend.champion import Champion
from lastfm_gnn.recommend.registry import register
from lastfm_gnn.recommend.server import TABLES
from lastfm_gnn.track.receipts import add_receipt, receipt

NAMES = ("user_names", "artist_mbids")  # which own listens may have


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--champion", type=Path, required=True, help="folder of choose_champion")
    parser.add_argument("--tables", type=Path, required=True, help="folder of HetRec's tables")
    parser.add_argument("--train", type=Path, required=True, help="training part of the champion's split")
    parser.add_argument("--requirements", type=Path, required=True, help="requirements.txt, for who serves it")
    parser.add_argument("--name", required=True, help="of the registered model")
    add_receipt(parser)
    args = parser.parse_args(argv)

    champion = Champion(args.champion, args.tables)
    if champion.record["train_sha256"] != sha256(args.train):
        raise InputError(f"{args.train}: not what the model learnt from; give that of {champion.record['split']}")
    files = [args.tables / f"{name}.parquet" for name in TABLES if name != "train"]
    files += [path for name in NAMES if (path := args.tables / f"{name}.parquet").is_file()]
    artifacts = {path.stem: path for path in files}
    artifacts |= {
        "train": args.train,
        "model": args.champion / "model.pt",
        "champion": args.champion / "champion.json",
    }
    record = {name: champion.record[name] for name in ("league", "model", "split")}
    metrics = {name: champion.record[name] for name in ("valid_mse", "mean_valid_mse")}
    listened = tables.read(args.tables / "listens.parquet", tables.LISTENS).artist_id.mode()[0]
    names = tables.read(args.tables / "artists.parquet", tables.ARTISTS).set_index("artist_id").name
    example = {"plays": {names[listened]: 100}}
    served = (champion.variant, artifacts, record, metrics, args.requirements, example)
    with receipt(args) as content:
        version, contents = register(args.name, *served, args.store_folder)
        content |= {"name": args.name, "version": version, "alias": "champion", "contents": contents}
        content["example"] = example
        print(f"models:/{args.name}@champion is version {version}: {record}")


if __name__ == "__main__":
    program.run(main)
