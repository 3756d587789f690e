"""In a browser: names are text whatever they look like, and what no user is called finds nobody."""

from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import expect

import make_overview
from conftest import ROOT
from lastfm_gnn.data import tables

SCRIPT = "<script>document.title = 'run'</script><img src=x onerror=\"document.title = 'run'\">"


@pytest.fixture
def overview(tmp_path) -> Path:
    """Of one user, to whom an artist with a script for a name is recommended because of another."""
    reason = {"artist_id": 6, "artist": f"</script>{SCRIPT}", "share": 1.0}
    row = {"user_id": 2, "rank": 1, "artist_id": 5, "artist": SCRIPT, "score": 1.0, "predicted_liking": 0.5}
    recommended = pd.DataFrame([row | {"listens": [reason], "friends": []}])
    tables.write(tmp_path / "artists.parquet", recommended, tables.RECOMMENDED_ARTISTS, "generated")
    table = pd.DataFrame([{"model": SCRIPT, "strict_mse": 0.1, "strict_mse_sd": 0.0}])
    table.to_csv(tmp_path / "table1.csv", index=False)
    return tmp_path


def test_a_script_in_a_name_is_shown_and_not_run(overview, browser):
    page = browser.new_page()
    options = [f"--recommendations={overview}/artists.parquet", f"--table1={overview}/table1.csv"]
    make_overview.main(
        [*options, f"--template={ROOT}/workflow/report/overview.html.j2", f"--output={overview}/o.html"]
    )
    page.goto(f"file://{overview}/o.html")
    cells = page.locator("#recommended tbody td")
    expect(cells.nth(0)).to_have_text(SCRIPT)
    expect(cells.nth(2)).to_have_text(f"</script>{SCRIPT} 100 %")
    assert page.locator("table.sortable td").first.inner_text() == SCRIPT
    for nobody in ("constructor", "__proto__", "toString", "3"):
        page.fill("#user", nobody)
        expect(page.locator("#unknown")).to_have_text("no such user")
        expect(cells).to_have_count(0)
    page.fill("#user", "2")
    expect(cells.nth(0)).to_have_text(SCRIPT)
    assert page.title() != "run"
