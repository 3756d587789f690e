"""The DAG of LastFM Asia's users, run on a tiny experiment; who reads whom in the real one."""

import json
import re
import shutil

from mlflow import MlflowClient

import track_runs
from conftest import ROOT, jobs, snakemake


def test_users_from_tables_to_scores_blends_and_mlflow(asia_tables, project):
    """Every rule of regions and artists but the first two, whose raw files are the official ones alone."""
    (project / "results/tables/asia").mkdir(parents=True)
    for name in ("users", "regions", "friendships", "likes"):
        shutil.copy(asia_tables / f"{name}.parquet", project / "results/tables/asia")
    (project / "lists.yaml").write_text("asia: {features: full}")
    wanted = [
        "region/full/blend/strict_0",
        "region/full/rival_blend/strict_0",
        "region/full/gat_2/published_0",
        "region/full/gat_2/single_split",
        "artists_7842/full/blend/strict_0",
        "artists_7842/full/rival_blend/strict_0",
        "artists_20/full/gat_2/published_0",
        "artists_7842/full/gat_2/strict_0",
    ]
    targets = [f"results/runs/{run}/metrics.json" for run in wanted]
    explained = ["region/full/gat_2/published_0/attention_fidelity", "region/full/gat_2/published_0/features"]
    targets += [f"results/explanations/{name}.csv" for name in [*explained, "artists_7842/full/gat_2/strict_0/users"]]
    done = snakemake(project, "--cores=2", "--configfile", "lists.yaml", "--", *targets)
    assert done.returncode == 0, done.stdout
    runs = [*wanted, *(f"artists_7842/full/gat_2/trial_{trial}" for trial in (0, 1))]
    folders = [f"{project}/results/runs/{run}" for run in runs]
    receipt = project / "results/mlflow/receipt.json"
    track_runs.main(["--runs", *folders, f"--store-folder={receipt.parent}", f"--output={receipt}"])
    assert len(json.loads(receipt.read_text())["runs"]) == len(runs)
    client = MlflowClient(f"sqlite:///{project}/results/mlflow/mlflow.db")
    (artists,) = [
        one for one in client.search_experiments() if one.name == "LastFM Asia: artists_7842 (full features)"
    ]
    runs = client.search_runs([artists.experiment_id], "tags.model = 'gat_2' and tags.level = 'run'")
    assert sorted(run.data.tags["split"] for run in runs) == ["strict_0", "tuning", "tuning"]
    assert len({run.data.tags["mlflow.parentRunId"] for run in runs}) == 1
    assert {run.data.params["learning_rate"] for run in runs if run.data.tags["split"] == "tuning"} == {
        "0.001",
        "0.01",
    }
    again = jobs(project, "--configfile", "lists.yaml", "--", *targets)
    assert not again, "touching nothing, there is nothing to do"


def test_dry_run_of_cv_summary_and_who_reads_test_users(project):
    shutil.copy(ROOT / "config/config.yaml", project / "config/config.yaml")
    done = snakemake(project, "--dry-run", "results/cv_summary.csv")
    assert done.returncode == 0, done.stdout
    planned = re.findall(
        r"^(?:local)?rule (\w+):\n    input: (.*?)\n    output: (.*?)\n", done.stdout, re.MULTILINE | re.DOTALL
    )
    readers = {rule for rule, inputs, _ in planned if re.search(r"splits/\w+/\w+/test\.parquet", inputs)}
    assert readers == {"evaluate_regions", "evaluate_all_regions", "evaluate_artists", "evaluate_all_artists"}
    # artists are predicted from train and valid; the table of everybody's likes is for regions, choices and folds
    everybody = [(rule, output) for rule, inputs, output in planned if "asia/likes.parquet" in inputs]
    assert {rule for rule, output in everybody if "/runs/region/" not in output} == {"make_folds", "choose_artists"}
    assert {rule for rule, inputs, _ in planned if "asia/regions.parquet" in inputs} == {"make_folds"}
    trained = [output for rule, _, output in planned if rule == "train_user_network"]
    assert sum("artists_7842" in output and "published" in output for output in trained) == 2
    rules = [rule for rule, *_ in planned]
    assert rules.count("tune_user_network") <= 6 * rules.count("select_settings")
