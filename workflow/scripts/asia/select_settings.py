"""Choose a network's settings: those of the trial with the highest validation score, the first of equals.

python workflow/scripts/asia/select_settings.py --runs trial_0/run.json trial_1/run.json --output selected.json
"""

from pathlib import Path

from lastfm_gnn.core import program
from lastfm_gnn.core.files import read_json, write_json


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--runs", type=Path, nargs="+", required=True, help="run.json of every trial")
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args(argv)

    trials = [read_json(path) for path in args.runs]
    (metric,) = trials[0]["valid"]
    scores = [trial["valid"][metric] for trial in trials]
    best = scores.index(max(scores))
    write_json(args.output, {"trial": best, "settings": trials[best]["tried"], f"valid_{metric}": scores})
    print(f"trial {best} of {len(trials)}: {trials[best]['tried']}, valid {metric} {scores[best]:.4f}")


if __name__ == "__main__":
    program.run(main)
