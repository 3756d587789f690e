"""What jobs ask a cluster for."""

import re
import runpy

from conftest import ROOT, snakemake

RESOURCES = runpy.run_path(str(ROOT / "workflow/rules/resources.smk"))


def test_a_retry_asks_for_as_much_again():
    needed = RESOURCES["needs"]("train_model")  # measured: 580 MB, 55 s
    assert [needed["mem_mb"](None, attempt) for attempt in (1, 2, 3)] == [1400, 2800, 4200]
    assert [needed["runtime"](None, attempt) for attempt in (1, 2, 3)] == [14, 28, 42]


def test_the_largest_networks_ask_for_more():
    needed = RESOURCES["needs"]("train_user_network", large=lambda wildcards: wildcards == "large")
    assert needed["mem_mb"]("large", 1) == 4400 and needed["mem_mb"]("small", 1) == 1900


def test_every_rule_was_measured():
    rules = set()
    for file in (ROOT / "workflow/rules").rglob("*.smk"):
        rules |= set(re.findall(r'\*\*needs\("(\w+)"', file.read_text()))
    assert {name.removesuffix(", large") for name in RESOURCES["MEASURED"]} == rules


def test_no_job_is_larger_than_all_may_be_together():
    """Locally and on a cluster profiles/default bounds what a job may ask for, in the last attempt, too."""
    largest = max(RESOURCES["MEASURED"], key=lambda name: RESOURCES["MEASURED"][name][0])
    assert RESOURCES["needs"](largest)["mem_mb"](None, 3) <= 16000


def test_jobs_that_train_networks_ask_for_a_gpu_with_device_cuda(project):
    runs = {"liking/scores/bias/strict_0": "cpu", "liking/scores/edge_network/strict_0": "cuda"}
    runs |= {"ranking/listens/popularity/strict_0": "cpu", "table1/edge_weight/strict_0/trial_0": "cuda"}
    targets = [f"results/runs/{run}/run.json" for run in runs]
    done = snakemake(project, "--dry-run", "--printshellcmds", "--config", "device=cuda", "--", *targets)
    for run, device in runs.items():
        [job] = [job for job in done.stdout.split("\n\n") if f"output: results/runs/{run}/" in job]
        assert f" --device {device} " in job and f" gpu={int(device == 'cuda')}, " in job


def test_several_processes_of_a_training_share_no_gpu(project):
    (project / "my.yaml").write_text("device: cuda\nliking: {training: {processes: 2}}\n")
    done = snakemake(project, "--dry-run", "--configfile", "my.yaml")
    assert done.returncode == 1 and "make liking.training.processes 1" in done.stdout.splitlines()[-1]
