"""MLflow over a real PostgreSQL: many write at once, and both are killed meanwhile."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from mlflow import MlflowClient

import serve_mlflow
from lastfm_gnn.core.files import read_json
from lastfm_gnn.track.store import store_uri
from track.stores import (
    chosen_trial,
    expect_each_once,
    free_port,
    kill_both,
    like,
    postgresql_server,
    send,
    start_sending,
)

PROCESSES = 50


@pytest.fixture
def folder():
    """A short path, as sockets need, that the user postgres can reach."""
    if not (shutil.which("pg_ctl") or list(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))):
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def run(tiny_tables, tmp_path):
    return chosen_trial(tmp_path / "run", tiny_tables)


def test_fifty_processes_write_while_the_servers_are_killed(run, folder, tmp_path, monkeypatch):
    port, store = free_port(), tmp_path / "store"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "600")  # a busy machine is no failure
    runs = [like(run, tmp_path / f"{n}", trial=n, model=f"model_{n % 5}") for n in range(PROCESSES)]

    def missing():
        receipts = {one: store / f"{one.name}.json" for one in runs}
        return [one for one, path in receipts.items() if not path.exists() or "runs" not in read_json(path)]

    with postgresql_server(folder, port) as server:
        second = subprocess.run(
            [sys.executable, serve_mlflow.__file__, f"--folder={folder}"], text=True, capture_output=True, check=False
        )
        assert second.returncode == 1 and "is at work already" in second.stderr
        sending = start_sending(store, runs)
        while len(missing()) > PROCESSES - 10:
            assert any(process.is_alive() for process in sending)
            time.sleep(0.01)
        kill_both(server, folder)
        for process in sending:
            process.join()
    assert [process.exitcode for process in sending] == [0] * PROCESSES
    unsent = missing()
    assert 0 < len(unsent) <= PROCESSES - 10

    with postgresql_server(folder, port):  # the same command
        for process in start_sending(store, unsent):
            process.join()
        assert missing() == []
        expect_each_once(port, PROCESSES)


def test_straight_into_the_database(run, folder, tmp_path, monkeypatch):
    """Without a server of MLflow's, files are in the results."""
    address = serve_mlflow.start_database(folder)
    try:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
        receipt = send(tmp_path, run)
        assert len(receipt["runs"]) == 1 and receipt == send(tmp_path, run)
        client = MlflowClient(address)
        [sent] = client.search_runs(["1"], "tags.level = 'run'")
        assert len(client.list_artifacts(sent.info.run_id)) == 6
        assert len(list((tmp_path / "artifacts").rglob("figure.png"))) == 1
    finally:
        serve_mlflow.call("pg_ctl", "stop", "--pgdata", folder / "postgresql", log=folder / "stop.log")
    assert "takes nothing" in send(tmp_path, run)["unsent"]


def test_a_password_goes_where_postgresql_looks_for_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PGPASSWORD", "")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "postgresql://ann:s%40cret@host:5432/runs?sslmode=require")
    assert store_uri(tmp_path) == "postgresql://ann@host:5432/runs?sslmode=require"
    assert os.environ["PGPASSWORD"] == "s@cret"
