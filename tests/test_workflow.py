"""The whole DAG on a tiny experiment, as users run, edit, touch and kill it; the real one as a dry run."""

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pandas as pd
import psutil
import pytest
import yaml
from mlflow import MlflowClient

from conftest import ROOT, copy_project, environment, snakemake


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """A project whose table has been made. Tests that change something take a copy."""
    folder = copy_project(tmp_path_factory.mktemp("built"))
    # one job a day: the Snakefile takes the limit away
    done = snakemake(folder, "--cores=2", "--max-jobs-per-timespan=1/1d", "results/table1.csv")
    assert done.returncode == 0, done.stdout
    return folder


@pytest.fixture
def copy_of_built(built, tmp_path):
    return shutil.copytree(built, tmp_path / "project")


def table(folder):
    return (folder / "results" / "table1.csv").read_bytes()


def jobs(folder, *arguments):
    """The output files of the jobs that Snakemake would run, rule by rule."""
    done = snakemake(folder, "--dry-run", *arguments)
    assert done.returncode == 0, done.stdout
    rules = re.findall(
        r"^(?:local)?(?:rule|checkpoint) (\w+):.*?\n    output: (.*?)\n", done.stdout, re.MULTILINE | re.DOTALL
    )
    found = {}
    for rule, output in rules:
        found.setdefault(rule, []).append(output)
    return found


def test_table_has_every_row_and_is_recomputed_from_predictions_and_raw_file(built):
    found = pd.read_csv(built / "results" / "table1.csv").set_index("model")
    assert found.index.tolist() == ["edge_weight", "augmentation_embedding", "user_mean"]
    assert (found.data == "generated").all() and (found.seeds == 2).all()
    assert found.paper_mse.isna().all()  # what the paper printed is not of generated data
    assert found.published_mse.isna().tolist() == [False, True, False]
    raw = pd.read_csv(built / "results/raw/hetrec/user_artists.dat", sep="\t")
    raw.columns = ["user_id", "artist_id", "count"]
    for model in found.index:
        for protocol in ("published", "strict"):
            files = sorted((built / f"results/runs/liking/{model}").glob(f"{protocol}_*/predictions.parquet"))
            parts = [pd.read_parquet(file).merge(raw, on=["user_id", "artist_id"]) for file in files]
            if not parts:
                continue
            errors = pd.Series([((part.predicted - part.liking) ** 2).mean() for part in parts])
            assert found.loc[model, f"{protocol}_mse"] == pytest.approx(errors.mean(), abs=6e-6)
            assert found.loc[model, f"{protocol}_mse_sd"] == pytest.approx(errors.std(ddof=1), abs=6e-6)
            assert [len(part) for part in parts] == [60 * (1 + (protocol == "published"))] * 2


def test_mlflow_has_every_run_with_its_curves(built):
    receipts = list((built / "results/runs").rglob("mlflow.json"))
    assert len(receipts) == 12  # edge_weight 2 + 3, augmentation_embedding 3, user_mean 4
    client = MlflowClient(f"sqlite:///{built}/results/mlflow/mlflow.db")
    experiment = client.get_experiment_by_name("Table 1: liking (generated data)")
    runs = client.search_runs([experiment.experiment_id])
    parents = {run.info.run_id: run.info.run_name for run in runs if run.data.tags["level"] == "model"}
    children = [run for run in runs if run.data.tags["level"] == "run"]
    assert sorted(parents.values()) == ["augmentation_embedding", "edge_weight", "user_mean"]
    assert len(children) == 12
    assert all(run.data.tags["mlflow.parentRunId"] in parents for run in children)
    chosen = [run for run in children if run.data.tags["chosen"] == "true"]
    (parent,) = [run for run in runs if run.info.run_name == "user_mean"]
    own = [run.data for run in chosen if run.data.tags["mlflow.parentRunId"] == parent.info.run_id]
    for protocol in ("published", "strict"):
        errors = [one.metrics["test_mse"] for one in own if one.tags["split"].startswith(protocol)]
        assert len(errors) == 2 and parent.data.metrics[f"mean_{protocol}_test_mse"] == pytest.approx(sum(errors) / 2)
    assert len(chosen) == 10 and all("test_mse" in run.data.metrics for run in chosen)
    networks = [run for run in children if run.data.params["kind"] == "network"]
    assert all(len(client.get_metric_history(run.info.run_id, "valid_mse")) == 2 for run in networks)


def test_splits_folder_holds_splits_alone(built):
    folders = sorted(path.name for path in (built / "results/splits/liking").iterdir())
    assert folders == ["published_0", "published_1", "strict_0", "strict_1"]


def test_under_strict_only_evaluate_model_reads_a_test_file(built):
    """Inputs of every job that made a file, by Snakemake's record; published splits show that the check can fail."""
    done = snakemake(built, "--detailed-summary", "results/table1.csv")
    header, *rows = [line.split("\t") for line in done.stdout.splitlines() if line.count("\t") > 5]
    output, rule, inputs = (header.index(name) for name in ("output_file", "rule", "input-file(s)"))
    readers = {"strict": set(), "published": set()}
    for row in rows:
        for protocol in re.findall(r"splits/liking/(strict|published)_\d+/test.parquet", row[inputs]):
            readers[protocol].add(row[rule])
        if "/strict_" in row[output]:
            assert "/published_" not in row[inputs], row[output]
    assert readers == {"strict": {"evaluate_model"}, "published": {"evaluate_model", "build_graph"}}
    assert {row[rule] for row in rows} >= {"train_model", "track_run", "make_table1"}


def test_nothing_to_do_after_touching_every_file(copy_of_built):
    assert jobs(copy_of_built, "results/table1.csv") == {}
    # the tiny files are below Snakemake's own limit for comparing contents, real ones are not
    profile = yaml.safe_load((copy_of_built / "profiles/default/config.yaml").read_text())
    assert profile["max-checksum-file-size"] >= 100_000_000
    for path in copy_of_built.rglob("*"):
        if path.is_file() and ".snakemake" not in path.parts:
            path.touch()
    assert jobs(copy_of_built, "results/table1.csv") == {}


def test_editing_one_model_retrains_that_model_alone(copy_of_built):
    model = copy_of_built / "workflow/scripts/lastfm_gnn/models/edge_weight.py"
    model.write_text(model.read_text() + "\n# edited\n")
    found = jobs(copy_of_built, "results/table1.csv")
    # track_run comes when select_model has chosen again
    assert set(found) == {"train_model", "evaluate_model", "select_model", "make_table1"}
    for rule in ("train_model", "evaluate_model", "select_model"):
        assert all("/edge_weight/" in output for output in found[rule]), rule


def test_table_is_the_same_without_tracking(copy_of_built):
    before = table(copy_of_built)
    shutil.rmtree(copy_of_built / "results/runs/liking/user_mean")
    shutil.rmtree(copy_of_built / "results/mlflow")
    (copy_of_built / "results/table1.csv").unlink()
    done = snakemake(copy_of_built, "--cores=2", "results/table1.csv", "--config", "tracking=False")
    assert done.returncode == 0, done.stdout
    assert table(copy_of_built) == before
    assert not (copy_of_built / "results/mlflow").exists()


def interrupted(folder, interrupt):
    """Start a run that has a few jobs left, `interrupt` it while one is at work, and see it end."""
    shutil.rmtree(folder / "results/runs/liking/user_mean/strict_1")
    (folder / "results/table1.csv").unlink()
    process = subprocess.Popen(
        ["snakemake", "--cores=2", "results/table1.csv"], cwd=folder, env=environment(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        # a shell starts what runs in its background with SIGINT ignored, and children inherit that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    while "rule fit_baseline:" not in process.stdout.readline():
        assert process.poll() is None
    snakemake_process = psutil.Process(process.pid)
    jobs = []
    while not jobs:
        children = snakemake_process.children(recursive=True)
        jobs = [child for child in children if any("fit_baseline.py" in part for part in child.cmdline())]
    interrupt(process, jobs)
    process.communicate(timeout=60)
    psutil.wait_procs(jobs, timeout=60)
    assert process.returncode != 0
    assert not (folder / "results/table1.csv").exists()


@pytest.mark.parametrize("sent", ["SIGINT", "SIGTERM", "a job's SIGKILL"])
def test_the_same_command_goes_on_after(copy_of_built, sent):
    before = table(copy_of_built)

    def interrupt(process, jobs):
        if sent == "SIGINT":  # as Ctrl-C does: to all of the terminal's processes
            os.killpg(process.pid, signal.SIGINT)
        elif sent == "SIGTERM":
            process.terminate()
        else:
            jobs[-1].kill()

    interrupted(copy_of_built, interrupt)
    done = snakemake(copy_of_built, "--cores=2", "results/table1.csv")
    assert done.returncode == 0, done.stdout
    assert table(copy_of_built) == before


def unlock(folder):
    return subprocess.run(
        [Path(environment()["PATH"].split(os.pathsep)[0]) / "python", "workflow/unlock.py"],
        cwd=folder, env=environment(), text=True, capture_output=True, check=False,
    )  # fmt: skip


def test_lock_of_a_killed_snakemake_is_removed_unless_one_is_alive(copy_of_built):
    before = table(copy_of_built)
    refused = []

    def interrupt(process, jobs):
        refused.append(unlock(copy_of_built))
        process.kill()

    interrupted(copy_of_built, interrupt)
    assert refused[0].returncode == 1
    assert re.fullmatch(r"error: Snakemake or a job of its is at work here \(process \d+\); .*\n", refused[0].stderr)
    locked = snakemake(copy_of_built, "--cores=2", "results/table1.csv")
    assert locked.returncode != 0 and "unlock" in locked.stdout
    assert unlock(copy_of_built).returncode == 0
    done = snakemake(copy_of_built, "--cores=2", "results/table1.csv")
    assert done.returncode == 0, done.stdout
    assert table(copy_of_built) == before


def test_users_from_tables_to_scores_blends_and_mlflow(asia_tables, project):
    """Every rule of regions and artists but the first two, whose raw files are the official ones alone."""
    (project / "results/tables/asia").mkdir(parents=True)
    for name in ("users", "regions", "friendships", "likes"):
        shutil.copy(asia_tables / f"{name}.parquet", project / "results/tables/asia")
    (project / "lists.yaml").write_text("asia: {features: full}")
    wanted = [
        "region/full/blend/strict_0",
        "region/full/gat_2/strict_1",
        "region/full/gat_2/published_0",
        "region/full/gat_2/single_split",
        "artists_7842/full/blend/strict_0",
        "artists_20/full/gat_2/published_0",
        "artists_7842/full/gat_2/strict_0",
    ]
    targets = [f"results/runs/{run}/{file}" for run in wanted for file in ("metrics.json", "mlflow.json")]
    targets += [f"results/runs/artists_7842/full/gat_2/trial_{trial}/mlflow.json" for trial in (0, 1)]
    explained = ["region/full/gat_2/published_0/attention_fidelity", "region/full/gat_2/published_0/features"]
    targets += [f"results/explanations/{name}.csv" for name in [*explained, "artists_7842/full/gat_2/strict_0/users"]]
    done = snakemake(project, "--cores=2", "--configfile", "lists.yaml", "--", *targets)
    assert done.returncode == 0, done.stdout
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


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("sedes", [0], "'sedes' was unexpected"),
        ("seeds", [0, 0], "non-unique"),
        ("seeds", ["0"], "is not of type 'integer'"),
        ("liking.score", "log2", "'log2' is not one of"),
        ("liking.training.epochs", 0, "less than the minimum"),
        ("liking.networks.edge_weight.variant", "edge_wight", "names no file"),
        ("liking.networks.edge_weight.published_decy", 1, "'published_decy' was unexpected"),
        ("liking.baselines.user_median", {}, "names no file"),
        ("liking.networks.user_mean", {"variant": "edge_weight", "input": "degree"}, "rename one"),
        ("region.models.majority.baseline", False, "fewer than two of baseline: true"),
        ("artists.models.popular", {"baseline": False, "grid": {}}, "names no file"),
        ("artists.blend", ["popularty"], "'popularty', which is no model"),
        ("region.published.models.gnc", {}, "'gnc', which is none of user_networks"),
        ("region.strict.hidden", [], "should be non-empty"),
        ("user_networks.gat_2.kind", "gta", "'gta' is not one of"),
        ("region.grid.lr", [0.1], "'lr' was unexpected"),
        ("explanations.users", [7624], "greater than the maximum"),
        ("explanations.single_users", ["artists_7842/gat_2/published_0"], "does not match"),
        ("explanations.whole_set", ["region/gcn/strict_0"], "there is no such network"),
    ],
)
def test_mistyped_config_is_told_before_anything_runs(project, key, value, message):
    path = project / "config/config.yaml"
    config = yaml.safe_load(path.read_text())
    *parents, last = key.split(".")
    place = config
    for parent in parents:
        place = place[parent]
    place[last] = value
    path.write_text(yaml.safe_dump(config))
    done = snakemake(project, "--dry-run")
    assert done.returncode == 1
    assert message in done.stdout


def test_bad_input_is_shown_in_one_line(project, tmp_path):
    (project / "config/config.yaml").write_text((ROOT / "config/config.yaml").read_text())
    (tmp_path / "hetrec2011-lastfm-2k").mkdir()
    done = snakemake(project, "--cores=1", "results/table1.csv", LASTFM_DATA=str(tmp_path))
    assert done.returncode == 1
    [line] = [line for line in done.stdout.splitlines() if "error: " in line]
    assert "artists.dat is missing" in line and "make demo" in line


def test_dry_run_of_cv_summary_and_who_reads_test_users(project):
    shutil.copy(ROOT / "config/config.yaml", project / "config/config.yaml")
    done = snakemake(project, "--dry-run", "results/cv_summary.csv")
    assert done.returncode == 0, done.stdout
    found = re.findall(
        r"^(?:local)?rule (\w+):\n    input: (.*?)\n    output: (.*?)\n", done.stdout, re.MULTILINE | re.DOTALL
    )
    readers = {rule for rule, given, _ in found if re.search(r"splits/\w+/\w+/test\.parquet", given)}
    assert readers == {"evaluate_regions", "evaluate_artists", "evaluate_all_artists"}
    # artists are predicted from train and valid; the table of everybody's likes is for regions, choices and folds
    everybody = [(rule, output) for rule, given, output in found if "asia/likes.parquet" in given]
    assert {rule for rule, output in everybody if "/runs/region/" not in output} == {"make_folds", "choose_artists"}
    assert {rule for rule, given, _ in found if "asia/regions.parquet" in given} == {"make_folds"}
    trained = [output for rule, _, output in found if rule == "train_user_network"]
    assert sum("artists_7842" in output and "published" in output for output in trained) == 2
    rules = [rule for rule, *_ in found]
    assert rules.count("tune_user_network") <= 6 * rules.count("select_settings")


@pytest.mark.parametrize(
    ("configfile", "target"),
    [
        ("full.yaml", "results/full/runs/artists_7842/partial/gcn/strict_4/metrics.json"),
        ("generated_features.yaml", "results/generated_features/runs/region/generated/blend/strict_0/metrics.json"),
    ],
)
def test_dry_run_of_the_other_configs(project, configfile, target):
    shutil.copy(ROOT / "config/config.yaml", project / "config/config.yaml")
    assert jobs(project, "--configfile", f"config/{configfile}", "--", target)


@pytest.mark.parametrize("configfile", [[], ["--configfile", "config/demo.yaml"]])
def test_dry_run_of_the_real_configs(project, configfile):
    (project / "config/config.yaml").write_text((ROOT / "config/config.yaml").read_text())
    found = jobs(project, *configfile)
    assert len(found["make_table1"]) == 1
    seeds, decays = (1, 1) if configfile else (3, 4)
    # four published and, before the choice of the decay, eight strict networks on the first seed
    assert len(found["train_model"]) == 4 * seeds + 8 * decays
    assert len(found["fit_baseline"]) == 3 * 2 * seeds
    assert len(found["evaluate_model"]) == (4 + 8 + 2 * 3) * seeds
