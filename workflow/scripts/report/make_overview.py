"""The results as one HTML page to look through: charts to hover over, tables to sort, recommendations by user.

Everything that the page needs is inside it. Parts whose files are not given are left out. A click on a mean, or
Enter, shows the command that leads to its runs, their settings, data and commit (workflow/trace_number.py).

    python workflow/scripts/report/make_overview.py --table1 results/table1.csv \\
        --leaderboard results/leaderboard.csv --winners results/winners.csv --activity results/activity.csv \\
        --citation CITATION.cff --template workflow/report/overview.html.j2 --output results/overview.html
"""

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import jinja2
import pandas as pd
import plotly.graph_objects as go
import pyarrow as pa
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from lastfm_gnn import __version__
from lastfm_gnn.core import program
from lastfm_gnn.core.files import regular, whole
from lastfm_gnn.core.git import git_commit
from lastfm_gnn.core.machine import COMPUTING, packages
from lastfm_gnn.core.run_record import read_record
from lastfm_gnn.data import tables
from lastfm_gnn.metrics.selection import CHOSEN_BY
from lastfm_gnn.report import charts
from lastfm_gnn.report.result_files import read_csv

TITLE = "Last.fm graph networks: two papers re-run, with and without their leaks"
INTRODUCTION = (
    "Two published works on music recommendation with graph neural networks, run again as published and without"
    " their leaks, with simple predictors that the authors left out, and graph models compared with strong others."
)
RECOMMENDED = 10  # artists, and friends, a user


@dataclass(frozen=True)
class Shown:
    """A table of the page. file: where trace_number.py finds the rows, by the words in the columns `row`, and traces
    the cells of columns that match `traced`; none, where it does not."""

    table: pd.DataFrame
    file: Path | None = None
    row: tuple[str, ...] = ()
    traced: str = ""


def model_of(path: Path) -> str:
    """As the run.json beside a file of a run has it."""
    return read_record(path.with_name("run.json"), "model")["identity"]["model"]


def rows_of(shown: Shown) -> dict:
    """A table for the template: numbers with four significant digits, nothing for what is missing; parts of the
    command that traces a cell, as a shell takes them."""
    table = shown.table.dropna(axis=1, how="all")
    text = table.map(lambda value: "" if pd.isna(value) else f"{value:.4g}" if isinstance(value, float) else value)
    words = [
        [f"{word:g}" if isinstance(word, float) else word for word in row if pd.notna(word)]
        for row in shown.table[list(shown.row)].to_numpy(dtype=object)
    ]
    return {
        "columns": list(table.columns),
        "rows": list(zip(map(shlex.join, words), text.to_numpy().tolist(), strict=True)),
        "file": shlex.quote(str(shown.file)) if shown.file else None,
        "traced": [bool(re.fullmatch(shown.traced, column)) for column in table],
    }


def drawn(figure: go.Figure) -> Markup:
    return Markup(figure.to_html(full_html=False, include_plotlyjs=False, config={"responsive": True}))


def section(title: str, text: list[str], figures: list[go.Figure], shown: list[Shown], sources: list[Path]):
    return {
        "id": title.lower().replace(" ", "_"),
        "title": title,
        "text": text,
        "charts": [drawn(figure) for figure in figures],
        "tables": [rows_of(table) for table in shown],
        "sources": [str(path) for path in sources],
    }


def table1_section(path: Path, histories: list[Path]) -> dict:
    table = read_csv(path, "model")
    text = [
        "Paper: as printed. Published: the authors' protocol, run here; it leaks, since most test edges are in"
        " training, too, the other way round. Leak_free: the authors' code, split by pair, messages of training pairs"
        " only."
        " User_to_artist: the same, each pair scored only in that direction. Strict: with the printed equations."
        " Mean and sample standard deviation over seeds."
    ]
    figures = [charts.table1(table)]
    if histories:
        curves = {model_of(path): read_csv(path, "epoch", "valid_mse", "train_mse") for path in histories}
        figures.append(charts.curves(curves))
    shown = Shown(table, path, ("model",), r"(published|leak_free|user_to_artist|strict)_(mse|mae)(_sd)?")
    return section("Table 1", text, figures, [shown], [path, *histories])


def leaderboard_section(path: Path, winners: Path, activity: Path) -> dict:
    table = read_csv(path, "task", "league", "model", "kind", "metric")
    best = read_csv(winners, "task", "league", "kind", "model", "metric")
    by_activity = read_csv(activity, "task", "league", "model", "metric", "of", "activity")
    figures = []
    for task, rows in table.groupby("task", sort=False):
        metric = CHOSEN_BY[task.split("_")[0]]
        figures.append(charts.leaderboard(rows, metric))
        if not (of_task := by_activity[(by_activity.task == task) & (by_activity.metric == metric)]).empty:
            figures.append(charts.activity(of_task, metric))
    text = [
        "Models of every kind on the same splits: without a graph (baseline), with fixed computations on the graph"
        " (closed_form_graph), learners on features that were computed before (second_stage), and networks that learn"
        " over the graph (graph_network). A league is a set of models that know the same; members is how many fits"
        " are averaged. Bars: 95 % intervals over users, or over friendships.",
        "First table: best of each kind by validation, by number of members, and how the best graph network compares"
        " with it (graph network minus it). p: paired t-test over users or friendships; p_holm: corrected by Holm"
        " over the league's comparisons; p_seeds: corrected resampled t-test over seeds. Ahead or behind: so on every"
        " seed, and both p_holm and p_seeds are below .01; level: neither is shown.",
    ]
    chosen = table[table.metric.isin(CHOSEN_BY.values())]
    row = ("task", "league", "model", "metric")
    shown = [
        Shown(best, winners, (*row, "kind", "members"), r"mean|sd|low|high|rank_biserial|p(_\w+)?|\w*difference"),
        Shown(chosen, path, row, "mean|sd|low|high|mean_tuned_seeds"),
    ]
    return section("Leaderboard", text, figures, shown, [path, winners, activity])


def asia_section(path: Path, predictions: list[Path], friendships: Path) -> dict:
    table = read_csv(path, "task", "model")
    pairs = tables.read(friendships, tables.FRIENDSHIPS)
    degree = pd.concat([pairs.user_id, pairs.friend_id]).value_counts()
    parts_of: dict[str, list[pd.DataFrame]] = {}
    for file in predictions:
        parts_of.setdefault(model_of(file), []).append(tables.read(file, tables.REGION_PREDICTIONS))
    regions = {model: pd.concat(parts) for model, parts in parts_of.items()}
    figures = [charts.confusion(regions), charts.by_degree(regions, degree)] if regions else []
    text = [
        "Test scores of every model over the five folds, from friendships and, where it says so, lists of artists."
        " In the charts: strict runs that know only friendships."
    ]
    shown = Shown(table, path, ("task", "features", "model", "protocol", "metric"), r"mean|sd|fold\d")
    return section("LastFM Asia", text, figures, [shown], [path, *predictions])


def explanations_section(files: list[Path]) -> dict:
    """files: liking.csv, attention.csv and *_fidelity.csv."""
    # there are no sizes to measure where a prediction has a single part
    read = {file: read_csv(file, "subject", "prediction", empty=True) for file in files}
    tables_of = {file: rows for file, rows in read.items() if not rows.empty}
    likings: dict[str, pd.DataFrame] = {}
    users: dict[str, pd.DataFrame] = {}
    fidelities: list[pd.DataFrame] = []
    for file, rows in tables_of.items():
        # the run, or the user of a liking, by its folder
        parts = file.parent.parts
        run = "/".join(parts[parts.index("explanations") + 1 :] if "explanations" in parts else parts[-1:])
        if file.name == "liking.csv":
            likings[f"{rows.subject[0]}, {rows.prediction[0]}: {rows.score[0]:.2f}"] = rows
        elif file.name == "attention.csv":
            users |= {f"{run}, {user}": of_user for user, of_user in rows.groupby("subject", sort=False)}
        else:
            fidelities.append(rows.assign(explained=run))
    columns = ["explained", "what", "subject", "prediction", "measure"]
    shown = []
    if fidelities:
        fidelity = pd.concat(fidelities).groupby(columns, sort=False)
        means = fidelity[["named", "random", "p"]].mean()
        shown = [Shown(means.assign(beats_random=fidelity.beats_random.all()).reset_index())]
    figures = [draw(parts) for draw, parts in ((charts.effects, likings), (charts.attention, users)) if parts]
    text = [
        "Effect: what the predicted liking loses when the model sees nothing of that listen, or of that listener"
        " of the artist (their liking in brackets); blue speaks for the artist, orange against."
        " Attention: share of the messages into a user.",
        "Fidelity, in the table: how much the prediction falls without the named parts (necessity, high is good)"
        " and with nothing else (sufficiency, low is good), compared with as many random parts; mean over sizes.",
    ]
    return section("Explanations", text, figures, shown, files)


def first_ranks(path: Path, schema: pa.Schema) -> pd.DataFrame:
    recommended = tables.read(path, schema)
    return recommended[recommended["rank"] <= RECOMMENDED]


def recommendations(path: Path, friends_to_be: Path | None) -> dict:
    recommended = first_ranks(path, tables.RECOMMENDED_ARTISTS)
    artists = dict(zip(recommended.artist_id.tolist(), recommended.artist, strict=True))
    users: dict[int, list] = {}
    for row in recommended.itertuples():
        artists |= {one["artist_id"]: one["artist"] for one in row.listens}
        listens = [[one["artist_id"], round(one["share"], 4)] for one in row.listens]
        friends = [[one["user_id"], round(one["share"], 4)] for one in row.friends]
        users.setdefault(row.user_id, []).append([row.artist_id, round(row.predicted_liking, 3), listens, friends])
    friends_of: dict[int, list] = {}
    if friends_to_be:
        for row in first_ranks(friends_to_be, tables.RECOMMENDED_FRIENDS).itertuples():
            common = [one["user_id"] for one in row.common]
            friends_of.setdefault(row.user_id, []).append([row.friend_id, common])
    content = json.dumps({"artists": artists, "users": users, "friends": friends_of}, ensure_ascii=False)
    sources = [str(file) for file in (path, friends_to_be) if file]
    return {
        "json": Markup(content.replace("<", "\\u003c")),
        "users": list(users),
        "first": next(iter(users)),
        "friends": bool(friends_of),
        "sources": sources,
    }


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--table1", type=Path, required=True)
    parser.add_argument(
        "--histories", type=Path, nargs="*", default=[], help="history.csv of Table 1's networks, beside run.json"
    )
    parser.add_argument("--leaderboard", type=Path)
    parser.add_argument("--winners", type=Path, help="with --leaderboard")
    parser.add_argument("--activity", type=Path, help="with --leaderboard")
    parser.add_argument("--cv-summary", type=Path)
    parser.add_argument(
        "--regions", type=Path, nargs="*", default=[], help="predictions.parquet of regions, beside run.json"
    )
    parser.add_argument("--friendships", type=Path, help="LastFM Asia's, with --cv-summary")
    parser.add_argument("--recommendations", type=Path, help="artists.parquet of recommend_artists")
    parser.add_argument("--friends", type=Path, help="friends_hetrec.parquet, with --recommendations")
    parser.add_argument("--explanations", type=Path, nargs="*", default=[], help="CSVs of the explaining scripts")
    parser.add_argument("--citation", type=Path, help="CITATION.cff")
    parser.add_argument("--template", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args(argv)
    for first, second in (("leaderboard", "winners"), ("leaderboard", "activity"), ("cv_summary", "friendships")):
        if getattr(args, first) and not getattr(args, second):
            parser.error(f"with --{first.replace('_', '-')} goes --{second}")

    sections = [table1_section(args.table1, args.histories)]
    if args.leaderboard:
        sections.append(leaderboard_section(args.leaderboard, args.winners, args.activity))
    if args.cv_summary:
        sections.append(asia_section(args.cv_summary, args.regions, args.friendships))
    if args.explanations:
        sections.append(explanations_section(args.explanations))
    template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(
        args.template.read_text(encoding="utf-8")
    )
    page = template.render(
        title=TITLE,
        introduction=INTRODUCTION,
        version=__version__,
        commit=git_commit(),
        packages=packages((*COMPUTING, "snakemake", "mlflow")),
        citation=regular(args.citation).read_text(encoding="utf-8") if args.citation else None,
        source=read_csv(args.table1).get("data", pd.Series([None])).iloc[0],
        plotly=Markup(get_plotlyjs()),
        sections=sections,
        recommendations=recommendations(args.recommendations, args.friends) if args.recommendations else None,
    )
    with whole(args.output) as temporary:
        temporary.write_text(page, encoding="utf-8")
    print(f"{args.output}: {len(page) / 1e6:.1f} MB, {', '.join(one['title'] for one in sections)}")


if __name__ == "__main__":
    program.run(main)
