"""What tests of tracking share: runs to send, and real servers on loopback."""

import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil
import requests
from mlflow import MlflowClient

import track_runs
from conftest import ROOT, environment, make_run
from lastfm_gnn.core.files import read_json, write_json


def chosen_trial(folder: Path, tables: Path) -> Path:
    """Folder of a trial that was chosen: its evaluation is in the folder above."""
    paths = make_run(folder, tables, "strict", "edge_weight")
    for name in ("metrics.json", "figure.png", "predictions.parquet"):
        shutil.copy(paths["evaluation"] / name, folder)
    return paths["run"]


def like(run: Path, folder: Path, **names: str | int) -> Path:
    """A run of other names, and without an evaluation."""
    shutil.copytree(run, folder)
    recorded = read_json(folder / "run.json")
    recorded["identity"] |= names
    write_json(folder / "run.json", recorded)
    return folder


def send(store: Path, *runs: Path, receipt: str = "receipt.json") -> dict:
    """Send runs; the receipt."""
    output = store / receipt
    track_runs.main(["--runs", *map(str, runs), f"--store-folder={store}", f"--output={output}"])
    return read_json(output)


def start_sending(store: Path, runs: Sequence[Path]) -> list[BaseProcess]:
    """A process a run, all at once; they are forked, since importing MLflow takes longer than a run."""
    forked = multiprocessing.get_context("fork")
    processes = [
        forked.Process(target=send, args=(store, run), kwargs={"receipt": f"{run.name}.json"}) for run in runs
    ]
    for process in processes:
        process.start()
    return processes


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def served(log: Path, port: int, *command: str | Path) -> Iterator[subprocess.Popen]:
    """A server from when it answers on the port to its end, in a session of its own."""
    with log.open("w") as file:  # a pipe that nobody reads would stop it
        process = subprocess.Popen(
            [sys.executable, *command],
            env=environment(MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false"),
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        while True:
            assert process.poll() is None, log.read_text()
            try:
                requests.get(f"http://127.0.0.1:{port}/health", timeout=60).raise_for_status()
                break
            except requests.RequestException:
                time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=600)


@contextmanager
def mlflow_server(folder: Path, port: int) -> Iterator[str]:
    """Address of an MLflow server over an SQLite store in the folder."""
    store = [f"--backend-store-uri=sqlite:///{folder}/server.db", f"--artifacts-destination={folder}/served"]
    command = ["-m", "mlflow", "server", "--host=127.0.0.1", f"--port={port}", "--workers=1", *store]
    with served(folder / "server.log", port, *command):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def postgresql_server(folder: Path, port: int) -> Iterator[subprocess.Popen]:
    """The program of docs/usage.md: MLflow over PostgreSQL, both in the folder."""
    command = [ROOT / "workflow/serve_mlflow.py", f"--folder={folder}", f"--port={port}", "--workers=2"]
    with served(folder / "server.log", port, *command) as process:
        yield process


def kill_both(server: subprocess.Popen, folder: Path) -> None:
    """MLflow's server and PostgreSQL in the folder at once, without a chance to end well; children follow."""
    database = psutil.Process(int((folder / "postgresql/postmaster.pid").read_text().split()[0]))
    mlflow = psutil.Process(server.pid).children()[0]
    orphans = [*database.children(), *mlflow.children(recursive=True)]
    os.killpg(mlflow.pid, signal.SIGKILL)
    database.kill()
    server.kill()
    psutil.wait_procs([database, mlflow, *orphans], timeout=600)


def expect_each_once(port: int, runs: int) -> None:
    """So many trials of five models are on the server: each once, whole, with its curve and files."""
    client = MlflowClient(f"http://127.0.0.1:{port}")
    experiment = client.get_experiment_by_name("Table 1: liking (generated data)")
    every = client.search_runs([experiment.experiment_id])
    sent = [one for one in every if one.data.tags["level"] == "run"]
    assert sorted(int(one.data.tags["trial"]) for one in sent) == list(range(runs))
    assert {one.info.status for one in sent} == {"FINISHED"}
    assert all(len(client.get_metric_history(one.info.run_id, "valid_mse")) == 2 for one in sent)
    assert all(len(client.list_artifacts(one.info.run_id)) == 2 for one in sent)
    assert len(every) == runs + 5  # a parent a model
