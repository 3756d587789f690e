"""What varied lists cost: accuracy beside diversity, as the graph filter's lists are moved in two ways.

By tilt, to rarer artists, and by variety, to artists who share fewer listeners, as recommend_artists.py has them:
NDCG at 20 on the test part of one split, with coverage, novelty and similarity of the first 20 artists
(lastfm_gnn/metrics/diversity.py). Below these rows are other models of the same split, as evaluate_ranking measured
them. What this script writes chooses nothing.

    split=results/splits/ranking/strict_5
    python workflow/scripts/ranking/make_diversity.py --users results/tables/hetrec/users.parquet \\
        --artists results/tables/hetrec/artists.parquet --train $split/train.parquet --valid $split/valid.parquet \\
        --test $split/test.parquet --filter-run results/runs/ranking/listens/graph_filter/strict_5/run.json \\
        --runs results/runs/ranking/listens/{popularity,ease}/strict_5 \\
        --kinds '{"popularity": "baseline", "ease": "baseline"}' --output my.csv --figure my.png
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sp

from lastfm_gnn.core import program
from lastfm_gnn.core.files import read_json, whole
from lastfm_gnn.core.plotting import BLUE, KIND_COLOURS, ORANGE, figure
from lastfm_gnn.core.program import InputError
from lastfm_gnn.core.run_record import read_record
from lastfm_gnn.core.settings import read_settings
from lastfm_gnn.data import tables
from lastfm_gnn.data.listens import ListenData
from lastfm_gnn.metrics.diversity import diversity, unit_listeners
from lastfm_gnn.metrics.ranked_lists import ndcg
from lastfm_gnn.ranking.models import graph_filter
from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.scores import best_artists
from lastfm_gnn.ranking.variety import CANDIDATES, varied
from lastfm_gnn.ranking.weights import listeners

STRENGTHS = {"tilt": 0 - np.arange(9) * 0.05, "variety": np.arange(8) * 0.1}
COLOURS = {"tilt": "black", "variety": ORANGE}
LENGTH = 20
MEASURES = {
    "coverage": "coverage: share of artists recommended",
    "novelty": "novelty in bits",
    "similarity": "similarity within a list",
}
SCORES = [f"{name}_{LENGTH}" for name in ("ndcg", *MEASURES)]


def moved(scores: np.ndarray, train: sp.csr_array, heard: sp.csr_array) -> Iterator[tuple[str, float, np.ndarray]]:
    """Yields a way, its strength, and the lists (U, LENGTH) of scores (U, A) without what is heard."""
    power, unit = listeners(train), unit_listeners(train)
    for tilt in STRENGTHS["tilt"]:
        yield "tilt", tilt, best_artists(scores * power**tilt, heard, LENGTH)
    candidates = best_artists(scores.copy(), heard, CANDIDATES)
    near = np.take_along_axis(scores, candidates, 1)
    near[heard[np.arange(len(near))[:, None], candidates].toarray() > 0] = -np.inf  # who listens to nearly all
    for variety in STRENGTHS["variety"]:
        places = [varied(row, unit[:, own], LENGTH, variety) for row, own in zip(near, candidates, strict=True)]
        yield "variety", variety, np.take_along_axis(candidates, np.stack(places), 1)


def draw(path: Path, table: pd.DataFrame, kinds: dict[str, str], title: str) -> None:
    """NDCG against each measure: a line for each way to move the filter's lists, and a point for every model."""
    with figure(path, title, len(MEASURES), 13, 4.6, vector=True) as axes:
        for axis, (name, label) in zip(axes, MEASURES.items(), strict=True):
            x, y = f"{name}_{LENGTH}", SCORES[0]
            for way, strengths in STRENGTHS.items():
                rows = table[table[way].notna()]
                axis.plot(rows[x], rows[y], "o-", color=COLOURS[way], markersize=3, linewidth=1, label=f"--{way}")
                for row, strength in zip(rows.to_dict("records"), strengths, strict=True):
                    place = {"xytext": (3, 3), "textcoords": "offset points", "size": 6, "color": COLOURS[way]}
                    axis.annotate(f"{strength:.2g}" if strength else "", (row[x], row[y]), **place)
            for row in table[table[list(STRENGTHS)].isna().all(axis=1)].to_dict("records"):
                colour = KIND_COLOURS.get(kinds[row["model"]], BLUE)
                axis.plot(row[x], row[y], "s", color=colour, markersize=4)
                place = {"xytext": (4, -2), "textcoords": "offset points", "size": 6, "color": colour}
                axis.annotate(row["model"], (row[x], row[y]), **place)
            axis.set(xlabel=label, ylabel=f"NDCG@{LENGTH} on test")
        axes[0].legend(loc="lower right")


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    for name in ("users", "artists", "train", "valid", "test"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--friends", type=Path, help="needed by every league but that of listens")
    parser.add_argument("--tag-assignments", type=Path, help="needed by every league but that of listens")
    parser.add_argument("--filter-run", type=Path, required=True, help="run.json of the graph filter")
    parser.add_argument("--runs", type=Path, nargs="*", default=[], help="folders of evaluated runs")
    parser.add_argument("--kinds", type=program.json_object, default={}, help="JSON: model of --runs -> its kind")
    parser.add_argument("--output", type=Path, required=True, help="CSV")
    parser.add_argument("--figure", type=Path, required=True, help="PNG, which gets an SVG beside it")
    args = parser.parse_args(argv)

    run = read_record(args.filter_run, "league", "seed")
    league, seed = run["identity"]["league"], run["identity"]["seed"]
    settings = read_settings(graph_filter.Settings, run["settings"], str(args.filter_run))
    if league != "listens" and not (args.friends and args.tag_assignments):
        raise InputError(f"the league {league} needs --friends and --tag-assignments")
    data = ListenData(args.users, args.artists, seed)
    train, valid, test = (data.plays(path) for path in (args.train, args.valid, args.test))
    side = None if league == "listens" else data.side(args.friends, args.tag_assignments)
    scores = graph_filter.all_scores(RankingProblem(train, side, league), settings)
    tested = np.flatnonzero(test.sum(1))
    rows = []
    for way, strength, lists in moved(scores, train, (train + valid).tocsr()):
        row = {"league": league, "model": "graph_filter", way: strength}
        row[SCORES[0]] = ndcg(test[tested] > 0, lists[tested]).mean()
        rows.append(row | {f"{name}_{LENGTH}": value for name, value in diversity(lists[tested], train).items()})
    for folder in args.runs:
        named = read_record(folder / "run.json", "league", "model")["identity"]
        if named["model"] not in args.kinds:
            raise InputError(f"--kinds says nothing of {named['model']}")
        metrics = read_json(folder / "metrics.json")
        if lacking := [name for name in SCORES if name not in metrics]:
            raise InputError(f"{folder}/metrics.json: no {lacking[0]}; run evaluate_ranking again")
        rows.append({name: named[name] for name in ("league", "model")} | {name: metrics[name] for name in SCORES})
    table = pd.DataFrame(rows, columns=["league", "model", *STRENGTHS, *SCORES])
    source = tables.source_of(args.test)
    title = f"What varied lists of {LENGTH} cost: the graph filter with --tilt and --variety, and other models"
    draw(args.figure, table, args.kinds, title + tables.source_note(source))
    tables.name_source(table, {source})
    with whole(args.output) as temporary:
        table.to_csv(temporary, index=False, float_format="%.6f")
    print(table.to_string(index=False))


if __name__ == "__main__":
    program.run(main)
