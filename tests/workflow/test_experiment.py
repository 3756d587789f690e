"""The tiny experiment, run whole: leaderboard, recommendations, and the report and MLflow's UI in a real Chromium."""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from playwright.sync_api import expect

from conftest import ROOT, environment, snakemake

# Snakemake's own page warns that its style sheet is compiled in the browser; MLflow asks for a user, whom only a
# server with accounts has, and its table of runs warns of what the library that it uses has renamed.
EXPECTED = (
    "cdn.tailwindcss.com should not be used in production",
    "/ajax-api/2.0/mlflow/users/current",
    "AG Grid: since v",
)


@pytest.fixture(scope="module")
def experiment(built, tmp_path_factory) -> Path:
    """The tiny experiment, run whole."""
    folder = shutil.copytree(built, tmp_path_factory.mktemp("experiment") / "project")
    rendered = [f"results/{name}.md" for name in ("table1", "leaderboard", "winners", "diversity")]
    done = snakemake(folder, "--cores=2", "recommendations", "results/overview.html", *rendered)
    assert done.returncode == 0, done.stdout
    return folder


def test_every_model_metric_and_league_is_there(experiment):
    table = pd.read_csv(experiment / "results/leaderboard.csv")
    assert (table.data == "generated").all()  # no result
    models = table.groupby(["task", "league"]).model.agg(lambda names: list(dict.fromkeys(names))).to_dict()
    assert models == {
        ("liking", "scores"): ["bias", "edge_network", "blend"],
        ("liking", "side"): ["boosted_trees", "edge_network", "blend"],
        ("ranking", "friends"): ["graph_filter"],
        ("ranking", "listens"): ["popularity", "ease"],
        ("friends_hetrec", "graph"): ["adamic_adar", "personalised_pagerank"],
    }
    liking = table[(table.task == "liking") & (table.metric == "mse")]
    assert (liking.low <= liking["mean"]).all() and (liking["mean"] <= liking.high).all()
    for row in liking.itertuples():
        folder = experiment / f"results/runs/liking/{row.league}/{row.model}"
        parts = [pd.read_parquet(file) for file in sorted(folder.glob("strict_*/predictions.parquet"))]
        errors = pd.Series([((part.predicted - part.liking) ** 2).mean() for part in parts])
        assert row.mean == pytest.approx(errors.mean(), abs=1e-6)
    ablations = pd.read_csv(experiment / "results/ablations.csv")
    assert set(ablations.ablation) == {"edge_network_no_kernels"} and set(ablations.task) == {"liking"}
    for table in ("comparisons", "winners", "activity"):
        assert len(pd.read_csv(experiment / f"results/{table}.csv"))


def test_a_figure_is_traced_to_its_runs_and_data(experiment):
    for table, words, column in (
        ("leaderboard", ["ranking", "listens", "ease", "ndcg_10"], "mean"),
        ("leaderboard", ["friends_hetrec", "adamic_adar", "mrr"], "mean"),
        ("leaderboard", ["liking", "side", "blend", "spearman"], "mean"),
        ("table1", ["edge_weight"], "user_to_artist_mse_sd"),
        ("winners", ["liking", "side", "boosted_trees", "1"], "mean"),
        ("activity", ["ranking", "listens", "ease", "ndcg_10", "users", "hot"], "mean"),
        ("ablations", ["edge_network_no_kernels", "mse"], "mean"),
        ("winners", ["liking", "side", "boosted_trees", "1"], "p"),
    ):
        command = ["workflow/trace_number.py", f"results/{table}.csv", "--row", *words]
        done = subprocess.run(
            [sys.executable, *command, f"--column={column}"],
            cwd=experiment,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "as it was" in done.stdout


def test_tables_for_papers_are_beside_the_csvs(experiment):
    blocks = (experiment / "results/leaderboard.md").read_text().split("\n\n")
    assert len(blocks) == 10 and all("Made from generated data: no result." in caption for caption in blocks[::2])
    of_league = {
        caption.partition(":")[0]: rows.splitlines() for caption, rows in zip(*[iter(blocks)] * 2, strict=True)
    }
    leaderboard = pd.read_csv(experiment / "results/leaderboard.csv")
    for row in leaderboard[leaderboard.metric == "mse"].itertuples():
        header, _, *lines = (
            [cell.strip() for cell in line.split("|")] for line in of_league[f"liking, {row.league}"]
        )
        [cells] = [line for line in lines if line[1].replace("\\", "") == row.model]
        assert float(cells[header.index("mse")].strip("*")) == pytest.approx(row.mean, rel=1e-3)
    for name in ("table1", "leaderboard", "winners", "diversity"):
        tex = (experiment / f"results/{name}.tex").read_text()
        assert tex.count("\\toprule") == tex.count("\\bottomrule") > 0
    assert list((experiment / "results/figures").glob("leaderboard_*.svg"))


def test_everybody_is_recommended_artists_and_friends(experiment):
    folder = experiment / "results/recommendations"
    artists, friends = (pd.read_parquet(folder / f"{name}.parquet") for name in ("artists", "friends_hetrec"))
    listens = pd.read_parquet(experiment / "results/tables/hetrec/listens.parquet")
    assert set(artists.user_id) == set(listens.user_id) and (artists.groupby("user_id").size() == 20).all()
    assert artists.merge(listens, on=["user_id", "artist_id"]).empty
    friendships = pd.read_parquet(experiment / "results/tables/hetrec/friends.parquet")
    assert set(friends.user_id) == set(friendships.user_id)
    assert friends.merge(friendships, on=["user_id", "friend_id"]).empty
    assert "Made from generated data" in (experiment / "results/recommend.html").read_text()
    champion = json.loads((experiment / "results/champion/champion.json").read_text())
    assert champion["model"] in ("bias", "boosted_trees", "edge_network")
    receipts = experiment / "results/mlflow"
    assert json.loads((receipts / "champion.json").read_text())["name"] == "lastfm_liking_generated"
    assert len(json.loads((receipts / "leaderboard.json").read_text())["runs"]) == 12


def test_docs_read_predictions_and_a_trained_model_from_python(experiment):
    [example] = re.findall(r"```python\n(import mlflow.*?)```", (ROOT / "docs/usage.md").read_text(), re.DOTALL)
    example = example.replace("lastfm_liking@", "lastfm_liking_generated@")
    example = example.replace("strict_5", "strict_0")  # the first seed of the leaderboard, whose model is served
    done = subprocess.run(
        [sys.executable, "-c", example],
        cwd=experiment,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "test MSE 0." in done.stdout and "champion" in done.stdout


def test_who_reads_a_test_part(experiment):
    """By Snakemake's record. Training has the test pairs without their scores, and no more."""
    done = snakemake(experiment, "--detailed-summary", "results/leaderboard.csv", "results/diversity.csv")
    header, *rows = [line.split("\t") for line in done.stdout.splitlines() if line.count("\t") > 5]
    rule, inputs = header.index("rule"), header.index("input-file(s)")
    readers = {row[rule] for row in rows if re.search(r"strict_\d+/test\.parquet", row[inputs])}
    assert readers == {"evaluate_liking", "evaluate_ranking", "evaluate_friends", "make_diversity"}
    diversity = pd.read_csv(experiment / "results/diversity.csv")
    others = diversity[diversity.tilt.isna() & diversity.variety.isna()].model
    assert set(others) == {"graph_filter", "popularity", "ease"}
    queries = next((experiment / "results/splits/liking/strict_0").glob("queries.parquet"))
    assert pd.read_parquet(queries).columns.tolist() == ["user_id", "artist_id"]


def liking_runs(experiment):
    client = MlflowClient(f"sqlite:///{experiment}/results/mlflow/mlflow.db")
    mlflow_experiment = client.get_experiment_by_name("Leaderboard: liking, side (generated data)")
    return client.search_runs([mlflow_experiment.experiment_id])


def test_every_run_is_in_mlflow_under_its_model(experiment):
    runs = liking_runs(experiment)
    parents = {run.info.run_id for run in runs if run.data.tags["level"] == "model"}
    children = [run for run in runs if run.data.tags["level"] == "run"]
    assert len(parents) == len(children) == 4  # trees, network, ablation and blend
    assert all("test_mse" in run.data.metrics and run.data.tags["mlflow.parentRunId"] in parents for run in children)


def test_adding_a_model_runs_that_model_alone(experiment):
    config = experiment / "config/more.yaml"
    config.write_text(
        "leaderboard: {ranking: {models: {second: {file: ease, kind: baseline, leagues: [listens], "
        "grid: {ridge: [5], damping: [0.25], popularity: [0.15]}}}}}\n"
    )
    done = snakemake(experiment, "--dry-run", "--configfile", "config/more.yaml", "--", "results/leaderboard.csv")
    jobs = re.findall(r"^(?:local)?rule (\w+):", done.stdout, re.MULTILINE)
    assert sorted(jobs) == ["evaluate_ranking", "make_leaderboard", "rank_listens", "track_runs"]


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
    """The overview, by itself or within the report: charts draw, a table sorts, artists and friends are found."""
    view.locator(".js-plotly-plot .main-svg").first.wait_for()
    charts = view.locator(".js-plotly-plot")
    assert charts.count() >= 5
    assert all(charts.nth(place).locator(".trace, .hm").count() for place in range(charts.count()))

    table = view.locator("#table_1 table")
    column = table.locator("th").all_inner_texts().index("strict_mse")
    head = table.locator("th").nth(column)

    def values():
        return [float(text) for text in table.locator(f"tbody td:nth-child({column + 1})").all_inner_texts()]

    head.click()
    assert values() == sorted(values()) and head.get_attribute("aria-sort") == "ascending"
    head.click()
    assert values() == sorted(values(), reverse=True)

    first, friends = (view.locator(f"#{table} tbody tr") for table in ("recommended", "befriended"))
    assert first.count() == friends.count() == 10
    users = view.locator("#users option").evaluate_all("options => options.map(one => one.value)")
    shown = first.first.inner_text()
    view.locator("#user").fill(users[5])
    assert first.count() == 10 and first.first.inner_text() != shown
    view.locator("#user").fill("nobody")
    assert first.count() == friends.count() == 0 and view.get_by_role("alert").inner_text() == "no such user"


def test_overview_is_one_file(experiment, tmp_path, page):
    alone = shutil.copy(experiment / "results/overview.html", tmp_path)
    page.goto(f"file://{alone}")
    assert "Made from generated data" in page.locator("p.data").inner_text()
    look_through(page)
    for part in ("torch", "mlflow", "commit", "Graph Convolutional Network for Music Recommender"):
        assert part in page.locator("footer").text_content()


def test_a_cell_of_the_overview_gives_the_command_that_traces_it(experiment, page):
    page.goto(f"file://{experiment}/results/overview.html")
    expect(page.locator("#trace")).to_be_hidden()
    tables = page.locator("table[data-file]")
    assert tables.count() == 3  # Table 1, winners, leaderboard
    for place in range(tables.count()):
        cell = tables.nth(place).locator("button.trace").last
        cell.focus()
        page.keyboard.press("Enter")
        command = page.locator("#trace code").inner_text()
        assert page.evaluate("getSelection().toString()") == command
        program, *options = shlex.split(command)
        assert program == "python"
        done = subprocess.run(
            [sys.executable, *options], cwd=experiment, env=environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        traced = re.search(r": ([-+.\de]+); ", done.stdout)[1]
        assert float(traced) == pytest.approx(float(cell.inner_text()), rel=1e-3)  # four digits are shown


def test_report_holds_the_overview(report, tmp_path, page):
    alone = shutil.copy(report, tmp_path)
    page.goto(f"file://{alone}")
    page.get_by_text("as published and without their leaks").wait_for()
    page.get_by_text("Made from generated data: nothing below is a result.").wait_for()
    page.get_by_text("Overview", exact=True).first.click()
    page.locator("a[iconname=eye]").click()
    frame = page.frame_locator("iframe")
    frame.get_by_role("heading", name="Recommendations").wait_for()
    look_through(frame)


def test_mlflow_shows_the_experiments(experiment, page):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "workflow/open_ui.py"],
        cwd=experiment,
        env=environment(MLFLOW_PORT=str(port), MLFLOW_WORKERS="2"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        # as `make ui` does
        line = process.stdout.readline()
        assert f"http://127.0.0.1:{port}, with the runs of sqlite:///results/mlflow/mlflow.db" in line
        page.goto(f"http://127.0.0.1:{port}/#/experiments")
        page.get_by_text("Model training").click()
        parents = [run for run in liking_runs(experiment) if run.data.tags["level"] == "model"]
        best = min(parents, key=lambda run: run.data.metrics["mean_strict_best_valid_mse"])
        page.get_by_role("link", name="Leaderboard: liking, side (generated data)").click()
        to_models = page.get_by_role("link", name="all models, the best first")
        to_models.wait_for()
        expect(page.get_by_text("Best on validation: ")).to_contain_text(f"{best.info.run_name}, mse ")
        # a click each, to a new tab
        with page.expect_popup() as models:
            to_models.click()
        expect(models.value.locator(".ag-row[row-index='0'] a").first).to_have_text(best.info.run_name)
        with page.expect_popup() as predictions:
            page.get_by_role("link", name="its predictions").click()
        predictions.value.get_by_text("artist_id").wait_for()
        with page.expect_popup() as curves:
            page.get_by_role("link", name="Its curves").click()
        curves.value.get_by_text("valid_mse").first.wait_for()
        page.goto(f"http://127.0.0.1:{port}/#/models/lastfm_liking_generated")
        page.get_by_text("champion").first.wait_for()
    finally:
        os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does
        process.communicate(timeout=60)


def commands():
    """(page, command) of every block of commands in README.md and docs/; a line that ends in a backslash goes on."""
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("config/*.md"))):
        for language, block in re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL):
            for line in block.replace("\\\n", " ").splitlines() if not language else []:
                command = line.split("    #")[0].split("  #")[0].strip()
                if command.startswith(("make ", "snakemake", "python ", "echo ")):
                    yield page.name, command


@pytest.fixture(scope="module")
def ready(experiment):
    """The tiny experiment with what the pages take for granted: a history of one's own, friends of LastFM Asia."""
    play = {"ts": "2026-09-06T14:23:00Z", "ms_played": 200_000, "master_metadata_track_name": "a track"}
    with zipfile.ZipFile(experiment / "my_spotify_data.zip", "w") as archive:
        archive.writestr(
            "history.json", json.dumps([play | {"master_metadata_album_artist_name": "generated artist 3"}])
        )
    (experiment / "my_listens.csv").write_text("user,artist,count\nann,Muse,3\n")
    (experiment / "my.yaml").write_text("pathvars: {results: my_results}\n")
    pairs = np.random.default_rng(0).permutation([(user, item) for user in range(30) for item in range(30)])
    for name, rows in zip(("train", "valid", "test"), np.split(pairs[:500], [400, 450]), strict=True):
        pd.DataFrame(rows, columns=["user", "item"]).to_csv(experiment / f"{name}.csv", index=False)
    folder = experiment / "results/recommendations"
    shutil.copy(folder / "friends_hetrec.parquet", folder / "friends_asia.parquet")
    return experiment


def asked(command):
    """What stays of a command in a dry run; those that ask Snakemake for the same are looked at once."""
    return re.sub(r"^(snakemake.*?) (-n|--cores (\d+|all))\b", r"\1", command)


@pytest.mark.parametrize(("command", "page"), sorted({asked(command): page for page, command in commands()}.items()))
def test_every_command_that_is_shown_is_right(ready, command, page):
    """Scripts run; Snakemake and make say what they would do, with the real config."""
    program, *options = shlex.split(command)
    if program == "python":
        artists = pd.read_parquet(ready / "results/tables/hetrec/artists.parquet").artist_id
        shorter = {
            "--artist": str(artists[0]),
            "--rows": "2000",
        }  # an artist whom the tiny data have; a short benchmark
        options = [shorter.get(before, one) for before, one in pairwise([program, *options])]
        done = subprocess.run(
            [sys.executable, *options], cwd=ready, env=environment(), capture_output=True, text=True
        )
    elif program == "echo":  # a pipe; an artist whom the tiny data have
        pipe = ["bash", "-o", "pipefail", "-c", command.replace("Björk", "generated artist 3")]
        done = subprocess.run(pipe, cwd=ready, env=environment(), capture_output=True, text=True)
        assert '{"recommended": [' in done.stdout, done.stdout
    elif program == "make":
        done = subprocess.run(["make", "--dry-run", *options], cwd=ROOT, capture_output=True, text=True)
    else:
        (ready / "config/config.yaml").write_text((ROOT / "config/config.yaml").read_text())
        done = snakemake(ready, "--dry-run", "--quiet=all", *options)
    assert done.returncode == 0, f"{page}: {command}\n{done.stdout}{done.stderr}"
