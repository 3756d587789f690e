"""Runs on Slurm that are killed at random moments: whatever is killed, the same command ends in the same bytes."""

import os
import subprocess

import psutil
import pytest

from killing import KILLS, cancel_job, kill_often
from on_slurm import SLURM, TABLE, is_at_work, local_table, queue, wait_until

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("slurm")]


def test_the_same_bytes_whatever_is_killed(tmp_path):
    """KILLS=100 kills so often, else twice. Bytes are those of a local run."""
    local_table(tmp_path)
    command = ["snakemake", *SLURM, "--config", "tracking=False", "--", TABLE]
    kills = (*KILLS, cancel_job)
    kill_often(tmp_path, int(os.environ.get("KILLS", "2")), 0, command, kills, options=["--cancel"])


def test_a_cancelled_job_is_ended_whole(tmp_path):
    """Also a process that is deaf to SIGTERM, of which its parent died. So is a job's Snakemake 9.27 where SIGTERM
    comes while it records how a rule ended: it then holds a lock for which its handler of SIGTERM waits."""
    pid = tmp_path / "pid"
    deaf = f"sh -c 'trap \"\" TERM; echo $$ > {pid}; exec sleep 60'; true"
    subprocess.run(["sbatch", "--wrap", deaf], cwd=tmp_path, check=True)
    process = psutil.Process(int(wait_until(lambda: pid.exists() and pid.read_text())))
    subprocess.run(["scancel", *queue()], check=True)
    wait_until(lambda: not queue())
    assert not is_at_work(process)
