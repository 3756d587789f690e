"""Runs on Slurm that are killed at random moments: whatever is killed, the same command ends in the same bytes."""

import os

import pytest

from killing import KILLS, cancel_job, kill_often
from on_slurm import SLURM, TABLE, local_table

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("slurm")]


def test_the_same_bytes_whatever_is_killed(tmp_path):
    """KILLS=100 kills so often, else twice. Bytes are those of a local run."""
    local_table(tmp_path)
    command = ["snakemake", *SLURM, "--config", "tracking=False", "--", TABLE]
    kills = (*KILLS, cancel_job)
    kill_often(tmp_path, int(os.environ.get("KILLS", "2")), 0, command, kills, options=["--cancel"])
