"""After whatever ends a run, the same command ends in the same bytes; bad input is told in one line."""

import os
import re
import shutil
import signal
import subprocess

import psutil
import pytest

from conftest import ROOT, environment, jobs, snakemake, table, unlock
from killing import kill_often

# nothing is sent to MLflow but by the run that is killed anywhere
COMMAND = ("--cores=2", "results/table1.csv", "--config", "tracking=False")


def interrupted(folder, interrupt):
    """Start a run that has a few jobs left, `interrupt` it while one is at work, and see it end."""
    shutil.rmtree(folder / "results/runs/table1/user_mean/strict_1")
    (folder / "results/table1.csv").unlink()
    process = subprocess.Popen(
        ["snakemake", *COMMAND], cwd=folder, env=environment(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        # a shell starts what runs in its background with SIGINT ignored, and children inherit that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    while "fit_baseline" not in process.stdout.readline():
        assert process.poll() is None
    snakemake_process = psutil.Process(process.pid)
    scripts = []
    while not scripts:
        children = snakemake_process.children(recursive=True)
        scripts = [child for child in children if any("fit_baseline.py" in part for part in child.cmdline())]
    interrupt(process, scripts)
    process.communicate(timeout=60)
    psutil.wait_procs(scripts, timeout=60)
    assert process.returncode != 0
    assert not (folder / "results/table1.csv").exists()


def test_a_training_is_made_again_of_which_the_evaluation_alone_is_left(copy_of_built):
    """As after a kill: Snakemake takes a training's files away before it is made again."""
    shutil.rmtree(copy_of_built / "results/runs/table1/edge_weight/strict_0/trial_0")
    assert "train_model" in jobs(copy_of_built, *COMMAND)


@pytest.mark.parametrize("sent", ["SIGINT", "SIGTERM", "a job's SIGKILL"])
def test_the_same_command_goes_on_after(copy_of_built, sent):
    before = table(copy_of_built)

    def interrupt(process, scripts):
        if sent == "SIGINT":  # as Ctrl-C does: to all of the terminal's processes
            os.killpg(process.pid, signal.SIGINT)
        elif sent == "SIGTERM":
            process.terminate()
        else:
            scripts[-1].kill()

    interrupted(copy_of_built, interrupt)
    done = snakemake(copy_of_built, *COMMAND)
    assert done.returncode == 0, done.stdout
    assert table(copy_of_built) == before


def test_the_same_bytes_whatever_is_killed(copy_of_built):
    """KILLS=100 kills so often, else once."""
    kill_often(copy_of_built, int(os.environ.get("KILLS", "1")), seed=0)


def test_lock_of_a_killed_snakemake_is_removed_unless_one_is_alive(copy_of_built):
    before = table(copy_of_built)
    refused = []

    def interrupt(process, scripts):
        refused.append(unlock(copy_of_built))
        process.kill()

    interrupted(copy_of_built, interrupt)
    assert refused[0].returncode == 1
    assert re.fullmatch(r"error: Snakemake or a job of its is at work here \(process \d+\); .*\n", refused[0].stderr)
    locked = snakemake(copy_of_built, *COMMAND)
    assert locked.returncode != 0 and "unlock" in locked.stdout
    assert unlock(copy_of_built).returncode == 0
    done = snakemake(copy_of_built, *COMMAND)
    assert done.returncode == 0, done.stdout
    assert table(copy_of_built) == before


def test_bad_input_is_shown_in_one_line(project, tmp_path):
    (project / "config/config.yaml").write_text((ROOT / "config/config.yaml").read_text())
    (tmp_path / "hetrec2011-lastfm-2k").mkdir()
    done = snakemake(project, "--cores=1", "results/table1.csv", LASTFM_DATA=str(tmp_path))
    assert done.returncode == 1
    *_, job, line, end = done.stdout.splitlines()
    assert re.fullmatch(r" *1 of at least \d+  download_dataset", job)
    assert line.startswith("failed: download_dataset: error: ") and "artists.dat is missing" in line
    assert "make demo" in line and line.endswith("(log: results/logs/download_dataset.log)")
    assert re.fullmatch(r"stopped: 0 of at least \d+ jobs are done; the same command goes on from there", end)
