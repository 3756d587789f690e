"""What `make` adds to Snakemake: names with a quote, the newest runs in MLflow's UI."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import open_ui
from conftest import ROOT, environment


def made(folder, *arguments):
    """`make` in a copy of the project, with the tests' Python as its environment."""
    for name in ("constraints.txt", "pyproject.toml"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    (folder / ".venv").mkdir(exist_ok=True)
    (folder / ".venv/installed").touch()
    command = ["make", f"BIN={Path(sys.executable).parent}", *arguments]
    return subprocess.run(command, cwd=folder, env=environment(), text=True, capture_output=True, check=False)


def test_own_listens_may_have_any_name(project):
    """With a quote, and with what YAML, as which Snakemake reads it, takes for a comment."""
    done = made(project, "own", "LISTENS=it's #2.csv")
    assert done.returncode == 2
    assert 'error: config: listens is "it\'s #2.csv", which is no file or folder; give the path' in done.stderr
    (project / "it's #2.csv").write_text("user,artist,count\nann,Muse,many\n")
    done = made(project, "page", "LISTENS=it's #2.csv")
    assert "it's #2.csv, line 2: count is 'many', not a whole number" in done.stderr


def test_the_ui_shows_the_newest_runs_or_says_that_there_are_none(project, monkeypatch):
    done = made(project, "ui")
    assert done.returncode == 2 and "error: results/ has no runs to show; make some: make demo" in done.stderr
    assert not (project / "results").exists()
    monkeypatch.chdir(project)
    stores = [Path("results/mlflow/mlflow.db"), Path("results/demo/mlflow/mlflow.db")]
    for age, store in enumerate(stores):
        store.parent.mkdir(parents=True)
        store.write_text("no database")
        os.utime(store, (age, age))
    assert open_ui.newest("mlflow.db") == stores[1]
    done = made(project, "ui")
    assert done.returncode == 2 and "sqlite:///results/demo/mlflow/mlflow.db ended: " in done.stderr


def test_a_champion_that_cannot_be_served_is_told(project, monkeypatch):
    done = made(project, "serve")
    assert done.returncode == 2 and "error: results/ has no champion to serve; make one: make demo" in done.stderr
    receipt = project / "results/demo/mlflow/champion.json"
    receipt.parent.mkdir(parents=True)
    receipt.write_text(json.dumps({"unsent": "the store takes nothing: it is locked"}))
    done = made(project, "serve")
    assert "champion.json: not sent to MLflow: the store takes nothing: it is locked" in done.stderr
    receipt.write_text(json.dumps({"name": "tiny", "alias": "champion"}))
    assert "champion.json: of an earlier version" in made(project, "serve").stderr
    receipt.write_text("")
    assert (
        "champion.json: no JSON; delete it, and make recommendations makes it again" in made(project, "serve").stderr
    )
    receipt.write_text(json.dumps({"name": "tiny", "alias": "champion", "example": {}}))
    monkeypatch.setenv("SERVE_PORT", "many")
    done = made(project, "serve")
    assert done.returncode == 2 and "champion.json ended: Error: Invalid value for '--port': 'many'" in done.stderr


@pytest.mark.parametrize("scheme", ["https", "HTTP"])
def test_the_ui_of_a_server_is_named_without_its_password(monkeypatch, capsys, scheme):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"{scheme}://ann:s3cret@host:5000")
    open_ui.main()
    assert capsys.readouterr().out == f"MLflow's UI is at {scheme}://***@host:5000\n"


def test_a_ui_that_does_not_start_says_why_without_a_password(tmp_path):
    def show(**settings):
        command, run = [sys.executable, ROOT / "workflow/open_ui.py"], environment(**settings)
        return subprocess.run(command, cwd=tmp_path, env=run, text=True, capture_output=True, check=False)

    done = show(MLFLOW_TRACKING_URI="redis://ann:s3cret@host/runs")
    assert done.returncode == 1 and "redis://***@host/runs ended: " in done.stderr
    assert "s3cret" not in done.stdout + done.stderr
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = show(MLFLOW_TRACKING_URI="sqlite:///mlflow.db", MLFLOW_PORT=str(taken.getsockname()[1]))
    assert done.returncode == 1 and "ddress already in use; MLFLOW_PORT (make ui) or" in done.stderr
