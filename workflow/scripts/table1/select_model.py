"""Choose the trial with the lowest validation MSE: its settings serve every other seed.

    python workflow/scripts/table1/select_model.py --runs results/runs/table1/attention/strict_0/trial_*/run.json \\
        --output results/runs/table1/attention/selected.json
"""

from pathlib import Path

from lastfm_gnn.core import program
from lastfm_gnn.core.files import write_json
from lastfm_gnn.core.run_record import read_record


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--runs", type=Path, nargs="+", required=True, help="run.json of every trial")
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args(argv)

    records = [read_record(path, "trial") for path in args.runs]
    valid_mse = {record["identity"]["trial"]: record["valid"]["mse"] for record in records}
    best = min(valid_mse, key=lambda trial: (valid_mse[trial], trial))
    write_json(args.output, {"trial": best, "valid_mse": valid_mse})
    print(f"trial {best}: valid MSE {valid_mse[best]:.5f}, the lowest of {len(valid_mse)}")


if __name__ == "__main__":
    program.run(main)
