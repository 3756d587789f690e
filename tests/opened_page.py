"""The page that recommends, open in a browser, for its tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import scipy.sparse as sp

import make_recommend_page
from conftest import ROOT
from lastfm_gnn.ranking.graph_filter import FilterSettings, GraphFilter

PAGE = ROOT / "workflow/page"
SCRIPT = "<script>document.title = 'run'</script><img src=x onerror=\"document.title = 'run'\">"
HOSTILE = [SCRIPT, f"</script>{SCRIPT}", "<!-- <script>", "constructor", "__proto__", "Tyler, The Creator", "Björk"]
LISTENS = sp.csr_array(np.triu(np.ones((7, 7), dtype=np.float32), -2))
SMALL = GraphFilter(LISTENS, FilterSettings(3, 3, 0.25, 0.1, 0))


@contextmanager
def opened_pages(browser, folder: Path) -> Iterator:
    """A function that opens the page of a filter and names. Its list `requests`: what the browser then asked for. At
    the end no page has had an error."""
    pages = []

    def opened(graph: GraphFilter, names: list[str], source: str = "generated", **options):
        (folder / "recommend.html").write_text(make_recommend_page.render(PAGE, graph, names, source))
        page = browser.new_page(**options)
        pages.append(page)
        page.requests, page.errors = [], []
        page.on("request", lambda request: page.requests.append(request.url))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(f"file://{folder}/recommend.html")
        return page

    yield opened
    for page in pages:
        assert page.errors == []
        page.close()
