"""Fifty runs that jobs of Slurm send to MLflow over PostgreSQL at once, while both servers are killed."""

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import send_at_once
from conftest import ROOT
from lastfm_gnn.core.files import read_json
from on_slurm import wait_until
from track.stores import chosen_trial, expect_each_once, free_port, kill_both, like, postgresql_server

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("slurm")]

RUNS, JOBS = 50, 4


def test_every_run_arrives_once(tiny_tables, tmp_path, monkeypatch):
    port, store = free_port(), tmp_path / "store"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "600")  # a busy machine is no failure
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([f"{ROOT}/workflow", f"{ROOT}/workflow/scripts/track"]))
    run = chosen_trial(tmp_path / "run", tiny_tables)
    runs = [like(run, tmp_path / f"{n}", trial=n, model=f"model_{n % 5}") for n in range(RUNS)]

    def arrived() -> list[Path]:
        receipts = {one: store / f"{one.name}.json" for one in runs}
        return [one for one, path in receipts.items() if path.exists() and "runs" in read_json(path)]

    def submit() -> list[subprocess.Popen]:
        """All jobs at once, each sends its part of the runs; these end when the jobs do."""
        parts = [[sys.executable, send_at_once.__file__, store, *runs[job::JOBS]] for job in range(JOBS)]
        options = ["--wait", "--mem=1900", f"--output={tmp_path}/job_%j.log"]
        return [subprocess.Popen(["sbatch", *options, "--wrap", shlex.join(map(str, part))]) for part in parts]

    def end(jobs: list[subprocess.Popen]) -> None:
        failed = [job for job in jobs if job.wait(timeout=3000)]
        assert not failed, "".join(log.read_text() for log in tmp_path.glob("job_*.log"))

    with tempfile.TemporaryDirectory() as name:  # a short path, as sockets need
        folder = Path(name)
        folder.chmod(0o755)  # the user postgres can reach it
        with postgresql_server(folder, port) as server:
            jobs = submit()
            wait_until(lambda: len(arrived()) >= 10)
            kill_both(server, folder)
            assert len(arrived()) < RUNS
        with postgresql_server(folder, port):  # the jobs are at work meanwhile
            end(jobs)
            end(submit())  # the same command sends what is missing
            assert arrived() == runs
            expect_each_once(port, RUNS)
