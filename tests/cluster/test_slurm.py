"""The tiny experiment on a real Slurm of this machine alone: tables equal those of a local run, whatever happens."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import yaml

import one_machine_slurm
from conftest import copy_project, environment, snakemake

pytestmark = pytest.mark.cluster

TABLE = "results/table1.csv"
RUN = "results/runs/table1/edge_weight/published_0"
# As docs/cluster.md has it. Here a look at the queue costs nothing, and there is one disk.
SLURM = ["--profile=profiles/slurm", "--slurm-init-seconds-before-status-checks=1", "--latency-wait=5"]


@pytest.fixture(scope="module", autouse=True)
def slurm(tmp_path_factory):
    if reason := one_machine_slurm.why_not():
        pytest.exit(f"no Slurm here: {reason}", returncode=1)
    with one_machine_slurm.slurm(tmp_path_factory.mktemp("slurm")):
        yield


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


def training(folder: Path, split: str, master: subprocess.Popen) -> psutil.Process:
    """The training on a split that runs in a job of a Snakemake in a folder, as soon as it does."""

    def find() -> psutil.Process | None:
        assert master.poll() is None, (folder / "master.log").read_text()
        for process in psutil.process_iter():
            try:
                words = process.cmdline()
                is_training = words[1:2] == ["workflow/scripts/table1/train_model.py"]
                if is_training and process.cwd() == str(folder) and any(f"/{split}/" in word for word in words):
                    return process
            except psutil.NoSuchProcess:
                continue
        return None

    return wait_until(find)


def is_at_work(process: psutil.Process) -> bool:
    """Not ended; what ended may be listed until its parent looks."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def queue() -> list[str]:
    """Ids of the jobs that wait or run."""
    done = subprocess.run(["squeue", "--noheader", "--format=%i"], text=True, capture_output=True, check=True)
    return done.stdout.split()


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """The tiny experiment, of one seed without tuning."""
    folder = copy_project(tmp_path_factory.mktemp("project"))
    path = folder / "config/config.yaml"
    config = yaml.safe_load(path.read_text()) | {"seeds": [0]}
    config["liking"]["tuned_decays"] = [1.0]
    path.write_text(yaml.safe_dump(config))
    return folder


@pytest.fixture(scope="module")
def local(project, tmp_path_factory) -> bytes:
    """Its table, made without Slurm."""
    folder = shutil.copytree(project, tmp_path_factory.mktemp("local") / "project")
    done = snakemake(folder, "--cores=2", TABLE, "--config", "tracking=False")
    assert done.returncode == 0, done.stdout
    return (folder / TABLE).read_bytes()


@pytest.fixture(scope="module")
def built(project, local) -> Path:
    """The project with its table made on Slurm, while one training has too little memory, one is cancelled, and one
    stands still until its time is over. Each is tried again."""
    too_little = [
        # Snakemake itself takes more
        "train_model:mem_mb=200 if wildcards.split == 'published_0' and attempt == 1 else 1400",
        "train_model:runtime=[1, 4, 30][attempt - 1] if wildcards.split == 'leak_free_0' else 30",
    ]
    master = start(project, TABLE, "--set-resources", *too_little)
    still = training(project, "leak_free_0", master)
    still.suspend()
    late = still.environ()["SLURM_JOB_ID"]
    cancelled = training(project, "user_to_artist_0", master).environ()["SLURM_JOB_ID"]
    subprocess.run(["scancel", cancelled], check=True)
    status, said = end(project, master)
    assert status == 0, said
    failed = dict(re.findall(r"SLURM-job '(\d+)' failed, SLURM status is: '(\w+)'", said))
    assert failed[late] == "TIMEOUT" and failed[cancelled] == "CANCELLED", said
    logs = (project / ".snakemake/slurm_logs/rule_train_model/edge_weight_published_0_0").glob("*.log")
    assert "exceeded memory limit" in "".join(log.read_text() for log in logs)
    return project


def test_table_is_the_local_one(built, local):
    assert (built / TABLE).read_bytes() == local


def unlock(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    command = ["python", "workflow/unlock.py", *arguments]
    return subprocess.run(command, cwd=folder, env=environment(), text=True, capture_output=True, check=False)


def interrupted(folder: Path) -> tuple[subprocess.Popen, psutil.Process]:
    """A Snakemake that makes a run anew, and the script of its job, which stands still."""
    shutil.rmtree(folder / RUN)
    (folder / TABLE).unlink()
    master = start(folder, TABLE)
    script = training(folder, "published_0", master)
    script.suspend()
    return master, script


def test_the_same_command_goes_on_after_ctrl_c(built, local):
    master, script = interrupted(built)
    os.killpg(master.pid, signal.SIGINT)
    status, said = end(built, master)
    assert status != 0, said
    wait_until(lambda: not queue())
    assert not is_at_work(script)
    status, said = end(built, start(built, TABLE))
    assert status == 0, said
    assert (built / TABLE).read_bytes() == local


def test_jobs_of_a_killed_snakemake_are_ended_before_the_next(built, local):
    master, script = interrupted(built)
    alive = unlock(built, "--cancel")
    assert alive.returncode == 1 and f"Snakemake is at work here (process {master.pid})" in alive.stderr
    master.kill()
    master.wait()
    (orphan,) = queue()
    refused = unlock(built)
    assert refused.returncode == 1
    assert re.fullmatch(rf"error: Slurm jobs {orphan} were sent from here; .*unlock.py --cancel\n", refused.stderr)
    assert snakemake(built, "--unlock").returncode == 0
    status, said = end(built, start(built, TABLE))
    assert status != 0 and f"Slurm jobs {orphan} were sent from here" in said
    assert is_at_work(script) and queue() == [orphan]

    cancelled = unlock(built, "--cancel")
    assert cancelled.returncode == 0 and f"cancelled Slurm jobs {orphan}" in cancelled.stdout, cancelled.stderr
    assert not queue() and not is_at_work(script)
    status, said = end(built, start(built, TABLE))
    assert status == 0, said
    assert (built / TABLE).read_bytes() == local
