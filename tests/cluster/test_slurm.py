"""The tiny experiment on a real Slurm of this machine alone: tables equal those of a local run, whatever happens."""

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from conftest import snakemake, unlock
from on_slurm import TABLE, end, is_at_work, local_table, one_seed, queue, start, wait_until

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("slurm")]

RUN = "results/runs/table1/edge_weight/published_0"


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


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    return one_seed(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def local(tmp_path_factory) -> bytes:
    return local_table(tmp_path_factory.mktemp("local"))


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
