"""Kills a run at random moments; after each the same command must end in the same bytes."""

import contextlib
import hashlib
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from conftest import environment, unlock
from lastfm_gnn.core.slurm import jobs_of
from unlock import at_work, is_snakemake

TABLE = "results/table1.csv"
LOCALLY = ["snakemake", "--cores=2", TABLE]
# What differs between any two runs: times, and runs' numbers in MLflow.
NOT_COMPARED = ("logs", "benchmarks", "mlflow", "run.json")
LONGEST = 3000  # seconds, for what hangs


def digests(folder: Path) -> dict[str, str]:
    """Of every result, by its path."""
    files = [path for path in (folder / "results").rglob("*") if path.is_file()]
    compared = {path: path.relative_to(folder / "results") for path in files}
    return {
        str(name): hashlib.sha256(path.read_bytes()).hexdigest()
        for path, name in compared.items()
        if not set(NOT_COMPARED) & set(name.parts) and not any(part.startswith(".") for part in name.parts)
    }


def processes(folder: Path, snakemakes: bool) -> list[psutil.Process]:
    """Of jobs in the folder, whoever started them; with or without Snakemakes, of which a job on Slurm has some."""
    found = []
    for number, command in at_work(folder).items():
        if snakemakes or not is_snakemake(command):
            with contextlib.suppress(psutil.NoSuchProcess):
                found.append(psutil.Process(number))
    return found


def scripts(folder: Path) -> list[psutil.Process]:
    return processes(folder, snakemakes=False)


# Kills: what is done to a Snakemake in a folder; False if there was nothing to kill.


def interrupt(master: subprocess.Popen, folder: Path) -> bool:
    os.killpg(master.pid, signal.SIGINT)
    return True


def interrupt_twice(master: subprocess.Popen, folder: Path) -> bool:
    interrupt(master, folder)
    try:
        master.wait(random.random())
    except subprocess.TimeoutExpired:
        interrupt(master, folder)
    return True


def terminate(master: subprocess.Popen, folder: Path) -> bool:
    master.terminate()
    return True


def kill_master(master: subprocess.Popen, folder: Path) -> bool:
    master.kill()
    return True


def killed(process: psutil.Process) -> bool:
    """Whether it was still there."""
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return False
    return True


def kill_job(master: subprocess.Popen, folder: Path) -> bool:
    jobs = scripts(folder)
    return bool(jobs) and killed(random.choice(jobs))


def kill_all(master: subprocess.Popen, folder: Path) -> bool:
    """As when the machine's memory or power ends."""
    os.killpg(master.pid, signal.SIGKILL)
    for job in scripts(folder):
        killed(job)
    return True


def cancel_job(master: subprocess.Popen, folder: Path) -> bool:
    """A job of Slurm, one that waits or one that runs."""
    jobs = jobs_of(folder)
    if jobs:
        subprocess.run(["scancel", random.choice(jobs)], check=False)
    return bool(jobs)


KILLS = (interrupt, interrupt_twice, terminate, kill_master, kill_job, kill_all)


def end_what_is_left(folder: Path, options: Sequence[str]) -> None:
    """unlock.py, with options, as docs say; what a killed Snakemake left on this machine is waited for."""
    if "--cancel" in options:  # jobs on Slurm end; while one beside them is at work, the lock stays
        unlock(folder, *options)
    psutil.wait_procs(scripts(folder), timeout=LONGEST)
    done = unlock(folder, *options)
    assert done.returncode == 0, done.stderr


def run(folder: Path, command: list[str], kill=None, after: float = 0) -> tuple[int, float, bool]:
    """Exit status of a command, how long it took, and whether `kill` hit it, after some seconds."""
    hit = False
    started = time.monotonic()
    with (folder / "printed.txt").open("w") as printed:
        master = subprocess.Popen(
            command, cwd=folder, env=environment(), stdout=printed, stderr=printed,
            start_new_session=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
    try:
        if kill:
            master.wait(after)
    except subprocess.TimeoutExpired:
        hit = kill(master, folder)
    return master.wait(LONGEST), time.monotonic() - started, hit


def take_away(folder: Path) -> None:
    """Some runs, a split with its graph, or the tables: whatever was made can be lost."""
    runs = sorted(path for path in (folder / "results/runs/table1").glob("*/*_*") if path.is_dir())
    for path in random.sample(runs, 3):
        shutil.rmtree(path)
    others = [*(folder / "results").glob("splits/liking/*"), *(folder / "results").glob("tables")]
    if others and random.random() < 0.2:
        shutil.rmtree(random.choice(others))
    (folder / TABLE).unlink()


def kill_often(
    folder: Path, times: int, seed: int, command=LOCALLY, kills=KILLS, options: Sequence[str] = ()
) -> None:
    """Kill runs of a project whose table has been made, `times` times.

    Whenever a run ends by itself its results are compared, and a part of them is taken away, so that there is work
    for the next. Raises AssertionError where the same command then fails or makes other bytes, with the kills before.
    """
    random.seed(seed)
    right = digests(folder)
    done: list[str] = []
    needed = 20.0  # seconds in which a kill comes: what the last run without one took, or more
    take_away(folder)
    while len(done) < times:
        kill = random.choice(kills)
        status, took, hit = run(folder, command, kill, random.uniform(0.5, needed))
        if hit:
            done.append(f"{kill.__name__}, ended at {took:.1f} s with {status}")
            print(done[-1], flush=True)
        if status:
            end_what_is_left(folder, options)
        if not status or len(done) % 5 == 0 or len(done) == times:
            status, took, _ = run(folder, command)
            before = f"after {'; '.join(done[-10:])}"
            assert status == 0, f"{before}: {(folder / 'printed.txt').read_text()[-2000:]}"
            still = psutil.wait_procs(processes(folder, snakemakes=True), timeout=60)[1]
            left = [process for process in still if killed(process)]
            assert not left, f"{before}: left behind {left}"
            needed = max(20.0, took)
            now = digests(folder)
            # what runs were made from is not made again while they are there
            needed_files = {name for name in right if name.startswith("runs/") or name == "table1.csv"}
            wrong = {
                name: "other bytes" if name in now else "missing"
                for name in sorted(needed_files | now.keys())
                if right.get(name) != now.get(name)
            }
            assert not wrong, f"{before}: {wrong}"
            take_away(folder)
