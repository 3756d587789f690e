"""What tests on Slurm share: a Snakemake that sends jobs there, and what is in its queue."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import yaml

from conftest import copy_project, environment, snakemake

TABLE = "results/table1.csv"
# As docs/cluster.md has it. Here a look at the queue costs nothing, and there is one disk.
SLURM = ["--profile=profiles/slurm", "--slurm-init-seconds-before-status-checks=1", "--latency-wait=5"]


def one_seed(folder: Path) -> Path:
    """The project in a folder, with the tiny experiment of one seed without tuning as its config."""
    copy_project(folder)
    path = folder / "config/config.yaml"
    config = yaml.safe_load(path.read_text()) | {"seeds": [0]}
    config["liking"]["tuned_decays"] = [1.0]
    path.write_text(yaml.safe_dump(config))
    return folder


def local_table(folder: Path) -> bytes:
    """The table of that project, made in a folder without Slurm."""
    done = snakemake(one_seed(folder), "--cores=2", TABLE, "--config", "tracking=False")
    assert done.returncode == 0, done.stdout
    return (folder / TABLE).read_bytes()


def wait_until(condition: Callable, seconds: float = 600):
    """What it returns, once that is true; a limit of time for what hangs."""
    last = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < last, condition
        time.sleep(0.2)
    return answer


def start(folder: Path, *arguments: str) -> subprocess.Popen:
    """Snakemake on Slurm, as from a terminal; its output goes to a file."""
    with (folder / "master.log").open("w") as log:
        return subprocess.Popen(
            ["snakemake", *SLURM, *arguments], cwd=folder, env=environment(), stdout=log, stderr=log,
            start_new_session=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip


def end(folder: Path, master: subprocess.Popen) -> tuple[int, str]:
    """Exit status and output of a Snakemake that is waited for."""
    return master.wait(timeout=3000), (folder / "master.log").read_text()


def is_at_work(process: psutil.Process) -> bool:
    """Not ended; what ended may be listed until its parent looks."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def queue() -> list[str]:
    """Ids of the jobs that wait or run."""
    done = subprocess.run(["squeue", "--noheader", "--format=%i"], text=True, capture_output=True, check=True)
    return done.stdout.split()
