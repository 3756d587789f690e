"""Part the listens into train, valid and test under one protocol and seed.

    python workflow/scripts/liking/make_splits.py --listens results/tables/hetrec/listens.parquet \\
        --protocol strict --seed 0 --output-folder results/splits/liking/strict_0
"""

from pathlib import Path

from lastfm_gnn.core import program
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.liking.splits import SPLITS, train_normalised


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--listens", type=Path, required=True)
    parser.add_argument("--protocol", choices=sorted(SPLITS), required=True)
    parser.add_argument("--seed", type=program.seed, required=True)
    parser.add_argument(
        "--normaliser",
        choices=["all", "train"],
        default="all",
        help="a score is divided by the user's largest: of all, held-out ones too, as in the paper, or of train",
    )
    parser.add_argument(
        "--output-folder",
        type=Path,
        required=True,
        help="of train, valid, test.parquet, and queries.parquet: test without scores",
    )
    args = parser.parse_args(argv)

    listens, source = tables.read(args.listens, tables.LISTENS), tables.source_of(args.listens)
    parts = SPLITS[args.protocol](listens, args.seed)
    if args.normaliser == "train":
        parts = train_normalised(parts)
    if empty := [part for part, frame in parts.items() if frame.empty]:
        raise InputError(f"{args.listens}: {len(listens)} listens leave {empty} empty; 8:1:1 needs 10 or more")
    schema = tables.PAIRS if args.protocol == "strict" else tables.DIRECTED_PAIRS
    for part, frame in parts.items():
        tables.write(args.output_folder / f"{part}.parquet", frame, schema, source)
        print(f"{part}: {len(frame)} rows")
    queries = parts["test"][["user_id", "artist_id"]].drop_duplicates().sort_values(["user_id", "artist_id"])
    tables.write(args.output_folder / "queries.parquet", queries, tables.QUERIES, source)


if __name__ == "__main__":
    program.run(main)
