"""From a figure in a table back to the runs that it is made of, from files alone.

For each run: the test score and the predictions it is computed from, settings, digests of the data, commit, packages
and processor. Then what no longer fits: a cell that its runs do not give, a score that the predictions do not
give, data that have changed or are gone. Any of these ends with exit status 1. Other code, packages or another
processor than here are said and no more.

It knows table1.csv, cv_summary.csv, leaderboard.csv and, beside it, winners.csv, comparisons.csv, activity.csv and
ablations.csv. A difference of two models, its interval and its p are computed anew from the scores of their users or
friendships; p_holm and the verdict are not, since they rest on all comparisons of the league.
--row takes words that are in one row alone; a number of members is one, too.

    python workflow/trace_number.py results/table1.csv --row attention --column strict_mse
    python workflow/trace_number.py results/leaderboard.csv --row ranking listens ease ndcg_10 \\
        --column mean
    python workflow/trace_number.py results/cv_summary.csv --row region none gcn strict accuracy \\
        --column fold0
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from lastfm_gnn.core import program
from lastfm_gnn.core.files import read_json, sha256
from lastfm_gnn.core.git import changed_since
from lastfm_gnn.core.machine import machine, packages
from lastfm_gnn.core.program import InputError
from lastfm_gnn.core.run_record import read_record
from lastfm_gnn.leaderboard.leagues import COMPARED, compared, read_entries
from lastfm_gnn.metrics.errors import liking_errors
from lastfm_gnn.metrics.regions import region_scores
from lastfm_gnn.metrics.statistics import interval

TABLE1_COLUMN = re.compile(r"(published|leak_free|user_to_artist|strict)_(mse|mae)(_sd)?")
MEAN_COLUMNS = ("mean", "sd", "mean_tuned_seeds")
OF_LEAGUE = ("p_holm", "verdict")  # of all comparisons of a league
# Columns of the two models of a row, the first less the second.
PAIRS = (("graph_network", "model"), ("model", "other"), ("ablation", "model"))


@dataclass
class Source:
    """A run that a figure is made of: its record, the folder of its evaluation, and the score there."""

    record: Path
    evaluation: Path
    metric: str
    measured: str = ""  # of LastFM Asia: the artists on whom it is measured, where they are not all that it predicts

    @property
    def score(self) -> float:
        metrics = read_json(self.evaluation / "metrics.json")
        return float(metrics[self.measured][self.metric] if self.measured else metrics[self.metric])

    def from_predictions(self) -> tuple[Path, float] | None:
        """The file that the score is computed from, and what it gives; None where it is not there, or says only a
        part of it."""
        name = f"predictions_{self.measured}" if self.measured else "predictions"
        for file in (f"{name}.parquet", "users.parquet", "friendships.parquet"):
            path = self.evaluation / file
            if not path.is_file():
                continue
            rows = pd.read_parquet(path)
            if {"liking", "predicted"} <= set(rows) and self.metric in ("mse", "mae"):
                return path, liking_errors(rows.liking, rows.predicted)[self.metric]
            if {"region", "predicted"} <= set(rows):
                return path, region_scores(rows.region, rows.predicted)[self.metric]
            if self.metric in rows:
                return path, float(rows[self.metric].mean())
        return None


def read_row(path: Path, words: list[str]) -> pd.Series:
    """The row of a table that has all these words. Raises InputError unless there is exactly one."""
    try:
        table = pd.read_csv(path)
    except ValueError as error:
        raise InputError(f"{path}: not a readable CSV ({error}); delete it and run again") from error
    cells = table.select_dtypes("str").drop(columns="note", errors="ignore")
    if "members" in table:
        cells["members"] = table.members.map("{:g}".format, na_action="ignore")
    has = [set(row) >= set(words) for row in cells.itertuples(index=False)]
    rows = table[has]
    if len(rows) != 1:
        start = f"{path}: {len(rows)} rows have --row {' '.join(words)}"
        names = [" ".join(map(str, row.dropna())) for _, row in cells[has].head(3).iterrows()]
        raise InputError(f"{start}; give words of one row" + (f", such as {'; or '.join(names)}" if names else ""))
    return rows.iloc[0]


def evaluations(runs: Path, pattern: str) -> Iterator[Path]:
    """Folders below `runs` that have a metrics.json, in the order of their seeds."""
    yield from (path.parent for path in sorted(runs.glob(f"{pattern}/metrics.json")))


def sources_of_table1(row: pd.Series, column: str, runs: Path) -> list[Source]:
    match = TABLE1_COLUMN.fullmatch(column)
    if not match:
        raise InputError(f"--column {column}: not computed here; give one such as strict_mse")
    folders = {folder: read_json(folder / "metrics.json") for folder in evaluations(runs, f"table1/{row.model}/*")}
    protocols = {metrics["identity"]["protocol"] for metrics in folders.values()}
    # baselines have no layers and know no direction: without the leak they are one
    protocol = match[1] if match[1] in protocols else "strict"
    return [
        Source(folder / f"trial_{metrics['identity'].get('trial', 0)}" / "run.json", folder, match[2])
        for folder, metrics in folders.items()
        if metrics["identity"]["protocol"] == protocol
    ]


def sources_of_league(row: pd.Series, column: str, runs: Path, tuned: list[int]) -> list[Source]:
    sources = []
    metric = f"{row.metric}_{row.activity}_{row.of}" if "activity" in row.index else row.metric
    for model in models_of(row, column):
        for folder in evaluations(runs, f"{row.task}/{row.league}/{model}/strict_*"):
            seed = int(folder.name.removeprefix("strict_"))
            if (seed in tuned) == (column == "mean_tuned_seeds"):
                sources.append(Source(folder / "run.json", folder, metric))
    return sources


def models_of(row: pd.Series, column: str) -> list[str]:
    """The model that a cell of a league's table is of, or the two that it compares."""
    for pair in PAIRS:
        if column in (*COMPARED, *OF_LEAGUE) and {*pair} <= {*row.dropna().index}:
            return list(row[[*pair]])
    return [row.get("ablation", row.model)]


def from_units(row: pd.Series, column: str, sources: list[Source]) -> float:
    """A cell of COMPARED, or the end of a mean's interval, from the scores of users or friendships in all runs."""
    models = models_of(row, column)
    kinds = {row.task.split("_")[0]: dict.fromkeys(models, "")}
    entries = {entry.model: entry for entry in read_entries([one.evaluation for one in sources], kinds, [])}
    if gone := [model for model in models if model not in entries]:
        raise InputError(f"{row.task}/{row.league}/{gone[0]}: its runs are gone; make the table again")
    first, *second = (entries[model] for model in models)
    if second:
        return compared(first, *second, row.metric)[column]
    return dict(zip(("low", "high"), interval(first.pooled(row.metric)), strict=True))[column]


def has_tuned_seeds(table: Path, row: pd.Series) -> bool:
    """Whether some seeds stand apart, as the row says or, in a table beside leaderboard.csv, that table."""
    if "mean_tuned_seeds" in row.index:
        return pd.notna(row.mean_tuned_seeds)
    beside = table.with_name("leaderboard.csv")
    return not beside.is_file() or bool(pd.read_csv(beside).mean_tuned_seeds.notna().any())


def sources_of_folds(row: pd.Series, column: str, runs: Path) -> list[Source]:
    sources = []
    for folder in evaluations(runs, f"*/{row.features}/{row.model}/*"):
        split = folder.name
        protocol, _, fold = split.rpartition("_")
        if (protocol if fold.isdigit() else split) != row.protocol or column not in (*MEAN_COLUMNS, f"fold{fold}"):
            continue
        task = folder.relative_to(runs).parts[0]
        if task == row.task:
            sources.append(Source(folder / "run.json", folder, row.metric))
        elif row.task in read_json(folder / "metrics.json"):
            sources.append(Source(folder / "run.json", folder, row.metric, row.task))
    return sources


def sources_of(row: pd.Series, column: str, runs: Path, tuned: list[int]) -> list[Source]:
    """The runs that a cell is made of. Raises InputError for a cell that is not made of runs' test scores."""
    if column not in row.index:
        raise InputError(f"--column {column}: the table has {', '.join(row.index)}")
    if "strict_mse" in row.index:
        return sources_of_table1(row, column, runs)
    folds = tuple(name for name in row.index if re.fullmatch(r"fold\d", name))
    of_league = {"task", "league", "model", "metric"} <= set(row.index)
    known = (*MEAN_COLUMNS, *folds) if folds else (*MEAN_COLUMNS, *COMPARED, *OF_LEAGUE) if of_league else ()
    if column not in known:
        raise InputError(f"--column {column}: not made of runs' test scores; give mean, sd or a fold")
    if folds:
        return sources_of_folds(row, column, runs)
    return sources_of_league(row, column, runs, tuned)


def anew(row: pd.Series, column: str, sources: list[Source]) -> tuple[str, float]:
    """A cell, computed anew from its runs, after what it is of them."""
    scores = np.array([source.score for source in sources])
    if column in COMPARED:
        return "from the scores", from_units(row, column, sources)
    if column.endswith("sd"):
        return "the standard deviation", scores.std(ddof=1) if len(scores) > 1 else np.nan
    return "the mean", scores.mean()


def data_of(record: dict, source: Source) -> Iterator[tuple[Path, str]]:
    """The parts of the split that a run and its evaluation read, with their digests then."""
    parts = {Path(path): digest for path, digest in record["data_sha256"].items()}
    yield from parts.items()
    yield next(iter(parts)).with_name("test.parquet"), read_json(source.evaluation / "metrics.json")["test_sha256"]


def trace(source: Source) -> list[str]:
    """Print what a run's files say. Returns what no longer fits."""
    record = read_record(source.record)
    wrong = []
    print(source.evaluation)
    recomputed = source.from_predictions()
    line = f"  test {source.metric}: {source.score:.6f} in metrics.json"
    if recomputed:
        path, value = recomputed
        line += f", {value:.6f} from {path.name}"
        if not np.isclose(value, source.score, rtol=1e-6, atol=1e-9):
            wrong.append(f"{path} gives {value:.6f}, metrics.json has {source.score:.6f}")
    print(line)
    print(f"  record: {source.record}")
    print(f"  settings: {record['settings']}; validation: {record['valid']}")
    origin = record["identity"].get("source", "origin not recorded")
    for part, digest in data_of(record, source):
        state = "gone" if not part.is_file() else "as it was" if sha256(part) == digest else "changed"
        print(f"  data ({origin}): {part}, sha256 {digest[:12]}, {state}")
        if state != "as it was":
            wrong.append(f"{part} is {state} since {source.record} was written")
    commit = record["git_commit"]
    changed = changed_since(commit.rstrip("+"))
    code = "not known to this checkout" if changed is None else f"{len(changed)} files of workflow/ differ now"
    print(f"  code: version {record['version']}, commit {commit}{', with changes' * commit.endswith('+')}; {code}")
    made, here = record.get("packages", {}), packages()
    others = [f"{name} {here.get(name)}" for name, version in made.items() if here.get(name) != version]
    print(
        f"  packages: {', '.join(' '.join(item) for item in made.items())}; here: {', '.join(others) or 'the same'}"
    )
    processor = "the same" if record["machine"] == machine() else ", ".join(machine().values())
    print(f"  processor: {', '.join(record['machine'].values())}; here: {processor}")
    print(f"  device of networks: {record.get('device', 'cpu')}")
    return wrong


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("table", type=Path, help="table1.csv, leaderboard.csv, cv_summary.csv, winners.csv, …")
    parser.add_argument("--row", nargs="+", required=True, help="words that are in one row alone")
    parser.add_argument("--column", required=True)
    parser.add_argument("--runs", type=Path, help="folder of the runs; without it: runs, beside the table")
    parser.add_argument(
        "--tuned-seeds", type=int, nargs="*", default=[0], help="as of make_leaderboard, where the table has them"
    )
    args = parser.parse_args(argv)

    row = read_row(args.table, args.row)
    runs = args.runs or args.table.parent / "runs"
    tuned = args.tuned_seeds if has_tuned_seeds(args.table, row) else []
    sources = sources_of(row, args.column, runs, tuned)
    cell = row[args.column]
    if pd.isna(cell):
        raise InputError(f"{args.table}: {' '.join(args.row)} has no {args.column}")
    if not sources:
        raise InputError(f"{runs}: no runs of {' '.join(args.row)}; give their folder by --runs")
    made = f"{args.table}, {' '.join(args.row)}, {args.column}: {cell}; "
    wrong = []
    if args.column in OF_LEAGUE:
        print(f"{made}of {len(sources)} runs and of all comparisons in their league, so that it is not computed anew")
    else:
        name, value = anew(row, args.column, sources)
        print(f"{made}{name} of {len(sources)} runs: {value:.6g}")
        # p has two digits in the table, all else six decimals
        if not abs(value - cell) <= (0.05 * cell if args.column in ("p", "p_seeds") else 1e-5):  # NaN is no figure
            wrong.append(f"the table has {cell}, its runs give {value:.6g}")
    for source in sources:
        wrong += trace(source)
    if wrong:
        print("No longer fits:", *wrong, sep="\n- ")
        raise InputError(f"{args.table}: {len(wrong)} things no longer fit (above); make the table again")


if __name__ == "__main__":
    program.run(main)
