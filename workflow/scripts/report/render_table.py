"""A table of results as it goes into a paper: in Markdown, and in LaTeX with the packages booktabs and longtable.

Mean ± standard deviation; the best of a column is bold, which is for the eye alone. Models of leaderboard.csv are
marked by the verdicts of --winners.

    python workflow/scripts/report/render_table.py --table results/leaderboard.csv --winners results/winners.csv \\
        --markdown results/leaderboard.md --latex results/leaderboard.tex
"""

from pathlib import Path

from lastfm_gnn.core import program
from lastfm_gnn.core.files import whole
from lastfm_gnn.report.paper_tables import paper_tables
from lastfm_gnn.report.result_files import read_csv
from lastfm_gnn.report.typeset import latex, markdown


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--table", type=Path, required=True, help="a CSV, known by its name")
    parser.add_argument("--winners", type=Path, help="winners.csv, needed with leaderboard.csv")
    parser.add_argument("--markdown", type=Path, required=True)
    parser.add_argument("--latex", type=Path, required=True)
    args = parser.parse_args(argv)
    if args.table.stem == "leaderboard" and not args.winners:
        parser.error("with leaderboard.csv goes --winners")

    winners = read_csv(args.winners, "task", "league", "model") if args.winners else None
    tables = paper_tables(args.table.stem, read_csv(args.table, empty=True), winners)
    needs = f"% {args.table.name}; \\usepackage{{booktabs, longtable}}\n"
    for path, text in (
        (args.markdown, "\n".join(map(markdown, tables))),
        (args.latex, needs + "\n".join(map(latex, tables))),
    ):
        with whole(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    print(f"{args.markdown}, {args.latex}: {len(tables)} tables")


if __name__ == "__main__":
    program.run(main)
