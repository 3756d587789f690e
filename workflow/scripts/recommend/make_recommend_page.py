"""A page that recommends artists to somebody who is not in the data: one file, which needs no server and no network.

    python workflow/scripts/recommend/make_recommend_page.py --tables results/tables/hetrec \\
        --filter-run results/runs/ranking/friends/graph_filter/strict_0/run.json \\
        --page workflow/page --output results/recommend.html

It has the graph filter in whose order recommend_artists.py --plays recommends, with the settings of the run, and the
names of all artists. It also has the listens of the data, without the names of their users: give it to those who may
see them.
"""

import base64
import hashlib
import json
from pathlib import Path

import jinja2
from markupsafe import Markup

from lastfm_gnn import __version__
from lastfm_gnn.core import program
from lastfm_gnn.core.files import regular, whole
from lastfm_gnn.data import tables
from lastfm_gnn.ranking.graph_filter import GraphFilter
from lastfm_gnn.recommend.filter_run import FilterRun
from lastfm_gnn.recommend.listens import listens_of
from lastfm_gnn.recommend.page import filter_parts

SCRIPTS = ("filter.js", "names.js", "history.js", "zip.js", "page.js")
MADE_FROM = {
    "official": "the data set HetRec 2011 of Last.fm",
    "partial": "a part of the data set HetRec 2011 of Last.fm",
    "generated": "generated data: artists and listens are made up, and nothing here is a result",
    "own": "your own data",
}


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--filter-run", type=Path, required=True, help="run.json of the graph filter")
    parser.add_argument("--tables", type=Path, required=True, help="folder of the tables")
    parser.add_argument("--page", type=Path, required=True, help="folder of the page's template, style and scripts")
    parser.add_argument("--output", type=Path, required=True, help="the page")
    args = parser.parse_args(argv)

    chosen = FilterRun.read(args.filter_run)
    _, _, names, plays = listens_of(args.tables, chosen.seed)
    source = tables.source_of(args.tables / "listens.parquet")
    page = render(args.page, GraphFilter(plays, chosen.filter), names.tolist(), source)
    with whole(args.output) as temporary:
        temporary.write_text(page, encoding="utf-8")
    print(f"{args.output}: {len(page.encode()) / 1e6:.1f} MB")


def render(folder: Path, graph: GraphFilter, names: list[str], source: str) -> str:
    """The page of a filter and its artists' names, by number."""

    def read(name: str) -> str:
        return regular(folder / name).read_text(encoding="utf-8")

    script = '"use strict";\n' + "\n".join(map(read, SCRIPTS))
    style = read("page.css")
    users, artists = graph.weights.shape
    made = json.dumps({"filter": filter_parts(graph), "names": names}, ensure_ascii=False)
    template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(read("page.html.j2"))
    return template.render(
        script=Markup(script),
        script_hash=hash_of(script),
        style=Markup(style),
        style_hash=hash_of(style),
        note=source not in ("official", "own"),
        data=f"Made from {MADE_FROM[source]} ({users:,} users, {artists:,} artists, {graph.weights.nnz:,} listens).",
        made=Markup(made.replace("<", "\\u003c")),
        version=__version__,
    )


def hash_of(text: str) -> str:
    """As a Content-Security-Policy names what stands in the page: no other script or style is taken."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


if __name__ == "__main__":
    program.run(main)
