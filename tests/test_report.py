"""The report and the MLflow UI of the tiny experiment in a real headless Chromium."""

import shutil
import socket
import subprocess
import sys

import pytest
from playwright.sync_api import sync_playwright

import make_overview
from conftest import environment, snakemake
from lastfm_gnn.program import InputError

# Snakemake's own page warns that its style sheet is compiled in the browser; MLflow asks for a user, whom only a
# server with accounts has.
EXPECTED = ("cdn.tailwindcss.com should not be used in production", "/ajax-api/2.0/mlflow/users/current")


@pytest.fixture(scope="module")
def browser():
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "these tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def page(browser):
    """A page that must stay without a word on the console and without a request that leaves this machine."""
    words, requests = [], []
    context = browser.new_context(viewport={"width": 1300, "height": 900})
    page = context.new_page()

    def hear(message):
        if message.type in ("error", "warning"):
            words.append(f"{message.text} {message.location['url']}")

    page.on("console", hear)
    page.on("pageerror", lambda error: words.append(str(error)))
    context.on("request", lambda request: requests.append(request.url))
    yield page
    context.close()
    assert not [word for word in words if not any(part in word for part in EXPECTED)]
    inside = ("file:", "data:", "blob:", "http://127.0.0.1:")
    assert not [url for url in requests if not url.startswith(inside)]


@pytest.fixture(scope="module")
def report(experiment):
    """As `make report` makes it."""
    made, opened = experiment / "results/.report.html", experiment / "results/report.html"
    done = snakemake(experiment, "--report", str(made), "results/overview.html")
    assert done.returncode == 0, done.stdout
    subprocess.run([sys.executable, "workflow/open_pages.py", str(made), str(opened)], cwd=experiment, check=True)
    return opened


def look_through(view):
    """The overview, by itself or within the report: charts draw, a table sorts, a user is recommended artists."""
    view.locator(".js-plotly-plot .main-svg").first.wait_for()
    charts = view.locator(".js-plotly-plot")
    assert charts.count() >= 5
    assert all(charts.nth(place).locator(".trace").count() for place in range(charts.count()))

    table = view.locator("#table_1 table")
    column = table.locator("th").all_inner_texts().index("strict_mse")
    head = table.locator("th").nth(column)

    def values():
        return [float(text) for text in table.locator(f"tbody td:nth-child({column + 1})").all_inner_texts()]

    head.click()
    assert values() == sorted(values()) and head.get_attribute("aria-sort") == "ascending"
    head.click()
    assert values() == sorted(values(), reverse=True)

    first = view.locator("#recommended tbody tr")
    assert first.count() == 10
    users = view.locator("#users option").evaluate_all("options => options.map(one => one.value)")
    shown = first.first.inner_text()
    view.locator("#user").fill(users[5])
    assert first.count() == 10 and first.first.inner_text() != shown
    view.locator("#user").fill("nobody")
    assert first.count() == 0 and view.get_by_role("alert").inner_text() == "no such user"


def test_overview_is_one_file(experiment, tmp_path, page):
    alone = shutil.copy(experiment / "results/overview.html", tmp_path)
    page.goto(f"file://{alone}")
    assert "Made from generated data" in page.locator("p.data").inner_text()
    look_through(page)


def test_report_holds_the_overview(report, tmp_path, page):
    alone = shutil.copy(report, tmp_path)
    page.goto(f"file://{alone}")
    page.get_by_text("as published and without their leaks").wait_for()
    page.get_by_text("Overview", exact=True).first.click()
    page.locator("a[iconname=eye]").click()
    frame = page.frame_locator("iframe")
    frame.get_by_role("heading", name="Recommendations").wait_for()
    look_through(frame)


def test_mlflow_shows_the_experiments(experiment, page):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    store = ["--backend-store-uri=sqlite:///results/mlflow/mlflow.db"]
    process = subprocess.Popen(
        [sys.executable, "-m", "mlflow", "ui", *store, f"--port={port}", "--workers=1"],
        cwd=experiment,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        assert any("Uvicorn running on" in line for line in process.stdout)
        page.goto(f"http://127.0.0.1:{port}/#/experiments")
        page.get_by_text("liking, side (generated data)").first.wait_for()
        page.goto(f"http://127.0.0.1:{port}/#/models/lastfm_liking_generated")
        page.get_by_text("champion").first.wait_for()
    finally:
        process.terminate()
        process.communicate(timeout=60)


def test_cut_table_is_told(experiment, tmp_path):
    (tmp_path / "table1.csv").write_text("")
    template = f"--template={experiment}/workflow/report/overview.html.j2"
    with pytest.raises(InputError, match=r"table1.csv: not a readable CSV .* delete it and run again"):
        make_overview.main([f"--table1={tmp_path}/table1.csv", template, f"--output={tmp_path}/overview.html"])
    assert not (tmp_path / "overview.html").exists()
