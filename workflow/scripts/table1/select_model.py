"""Choose the trial with the lowest validation MSE: its settings serve every other seed.

    python workflow/scripts/table1/select_model.py --runs results/runs/liking/attention/strict_0/trial_*/run.json \\
        --output results/runs/liking/attention/selected.json
"""

import re
from pathlib import Path

from lastfm_gnn.core import program
from lastfm_gnn.core.files import read_json, write_json
from lastfm_gnn.core.program import InputError


def trial_number(path: Path) -> int:
    match = re.fullmatch(r"trial_(\d+)", path.parent.name)
    if not match:
        raise InputError(f"{path}: its folder is not called trial_<number>")
    return int(match[1])


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--runs", type=Path, nargs="+", required=True, help="run.json of every trial")
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args(argv)

    valid_mse = {trial_number(path): read_json(path)["valid"]["mse"] for path in sorted(args.runs)}
    best = min(valid_mse, key=lambda trial: (valid_mse[trial], trial))
    write_json(args.output, {"trial": best, "valid_mse": valid_mse})
    print(f"trial {best}: valid MSE {valid_mse[best]:.5f}, the lowest of {len(valid_mse)}")


if __name__ == "__main__":
    program.run(main)
