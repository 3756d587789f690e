"""The DAG of Table 1 on a tiny experiment, as users run, edit and touch it, here and in object storage."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import boto3
import pandas as pd
import pytest
import yaml
from mlflow import MlflowClient
from moto.server import ThreadedMotoServer

from conftest import jobs, snakemake, table


def test_table_has_every_row_and_is_recomputed_from_predictions_and_raw_file(built):
    table = pd.read_csv(built / "results" / "table1.csv").set_index("model")
    assert table.index.tolist() == ["edge_weight", "augmentation_embedding", "user_mean"]
    assert (table.data == "generated").all() and (table.seeds == 2).all()
    assert table.paper_mse.isna().all()  # what the paper printed is not of generated data
    assert table.published_mse.isna().tolist() == [False, True, False]
    assert table.leak_free_mse.isna().tolist() == [False, True, False]
    assert table.user_to_artist_mse.isna().tolist() == [False, True, False]
    assert table.loc["user_mean", "leak_free_mse"] == table.loc["user_mean", "strict_mse"]
    assert table.note.str.startswith("too few test pairs to mean anything (60)").all()
    raw = pd.read_csv(built / "results/raw/hetrec/user_artists.dat", sep="\t")
    raw.columns = ["user_id", "artist_id", "count"]
    for model in table.index:
        for protocol in ("published", "leak_free", "user_to_artist", "strict"):
            files = sorted((built / f"results/runs/table1/{model}").glob(f"{protocol}_*/predictions.parquet"))
            parts = [pd.read_parquet(file).merge(raw, on=["user_id", "artist_id"]) for file in files]
            if not parts:
                continue
            errors = pd.Series([((part.predicted - part.liking) ** 2).mean() for part in parts])
            assert table.loc[model, f"{protocol}_mse"] == pytest.approx(errors.mean(), abs=6e-6)
            assert table.loc[model, f"{protocol}_mse_sd"] == pytest.approx(errors.std(ddof=1), abs=6e-6)
            assert [len(part) for part in parts] == [60 * (1 + (protocol in ("published", "leak_free")))] * 2


def test_a_run_prints_a_line_a_job_and_what_is_made(built):
    profile, start, *jobs, end = (built / "printed.txt").read_text().splitlines()
    assert profile.startswith("Using workflow specific profile") and ".snakemake/log/" in start
    said = [re.fullmatch(r" *(\d+) of (at least )?(\d+)  (\S.*)", line).groups() for line in jobs]
    assert [int(place) for place, *_ in said] == list(range(1, len(jobs) + 1))
    # what is trained is known once select_model has chosen; until then the total is a lower bound
    sure = [total for _, at_least, total, _ in said if not at_least]
    assert said[0][1] and sure and set(sure) == {str(len(jobs))}
    names = [name for *_, name in said]
    assert len(set(names)) == len(names) and "train_model edge_weight strict_0 trial_0" in names
    assert end == "results/table1.csv is made; look: column -s, -t results/table1.csv; make ui shows its runs"
    assert len(list((built / ".snakemake/log").glob("*.log"))) == 1


def test_mlflow_has_every_run_with_its_curves(built):
    receipt = json.loads((built / "results/mlflow/table1.json").read_text())
    assert len(receipt["runs"]) == 18  # edge_weight 2 + 3 + 3 + 3, augmentation_embedding 3, user_mean 4
    client = MlflowClient(f"sqlite:///{built}/results/mlflow/mlflow.db")
    experiment = client.get_experiment_by_name("Table 1: liking (generated data)")
    runs = client.search_runs([experiment.experiment_id])
    parents = {run.info.run_id: run.info.run_name for run in runs if run.data.tags["level"] == "model"}
    children = [run for run in runs if run.data.tags["level"] == "run"]
    assert sorted(parents.values()) == ["augmentation_embedding", "edge_weight", "user_mean"]
    assert sorted(run.info.run_id for run in children) == sorted(receipt["runs"].values())
    assert all(run.data.tags["mlflow.parentRunId"] in parents for run in children)
    chosen = [run for run in children if run.data.tags["chosen"] == "true"]
    (parent,) = [run for run in runs if run.info.run_name == "user_mean"]
    own = [run.data for run in chosen if run.data.tags["mlflow.parentRunId"] == parent.info.run_id]
    for protocol in ("published", "strict"):
        errors = [one.metrics["test_mse"] for one in own if one.tags["split"].startswith(protocol)]
        assert len(errors) == 2 and parent.data.metrics[f"mean_{protocol}_test_mse"] == pytest.approx(sum(errors) / 2)
    assert len(chosen) == 14 and all("test_mse" in run.data.metrics for run in chosen)
    assert {run.data.params["device"] for run in children} == {"cpu"}
    networks = [run for run in children if run.data.params["predictor"] == "network"]
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
    assert {row[rule] for row in rows} >= {"train_model", "track_runs", "make_table1"}


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
    model = copy_of_built / "workflow/lastfm_gnn/table1/models/edge_weight.py"
    model.write_text(model.read_text() + "\n# edited\n")
    planned = jobs(copy_of_built, "results/table1.csv")
    assert set(planned) == {"train_model", "evaluate_model", "select_model", "track_runs", "make_table1"}
    for rule in ("train_model", "evaluate_model", "select_model"):
        assert all("/edge_weight/" in output for output in planned[rule]), rule


def test_models_that_are_imported_by_name_are_among_the_code(project):
    done = snakemake(project, "--dry-run", "recommendations")
    inputs = dict(re.findall(r"^(?:local)?rule (\w+):.*?\n    input: (.*?)\n", done.stdout, re.MULTILINE | re.DOTALL))
    for rule in ("recommend_artists", "register_champion"):
        assert "lastfm_gnn/liking/models/edge_network.py" in inputs[rule]
        assert "lastfm_gnn/liking/networks.py" in inputs[rule]  # what the model's file imports
    assert "lastfm_gnn/friends/models/adamic_adar.py" in inputs["recommend_friends"]
    assert "lastfm_gnn/recommend/server.py" in inputs["register_champion"]


def test_a_results_folder_with_a_space_and_a_quote_in_its_name(project):
    """Every command that Snakemake would run takes it as one word, and some do run."""
    config = project / "config/config.yaml"
    config.write_text(config.read_text().replace("results: results", 'results: "Ann\'s results"'))
    done = snakemake(project, "--dry-run", "--printshellcmds")
    commands = re.findall("^Shell command: (.*)$", done.stdout, re.MULTILINE)
    assert len(commands) > 50
    for words in map(shlex.split, commands):
        assert all("Ann's results" in word for word in words if "Ann" in word or "results" in word)
    done = snakemake(project, "--", "Ann's results/runs/ranking/listens/popularity/strict_0/metrics.json")
    assert done.returncode == 0, done.stdout


def test_table_is_the_same_without_tracking(copy_of_built):
    before = table(copy_of_built)
    shutil.rmtree(copy_of_built / "results/runs/table1/user_mean")
    shutil.rmtree(copy_of_built / "results/mlflow")
    (copy_of_built / "results/table1.csv").unlink()
    done = snakemake(copy_of_built, "--cores=2", "results/table1.csv", "--config", "tracking=False")
    assert done.returncode == 0, done.stdout
    assert table(copy_of_built) == before
    assert not (copy_of_built / "results/mlflow").exists()


def test_a_store_that_does_not_answer_costs_no_result_and_gets_the_runs_later(copy_of_built):
    before = table(copy_of_built)
    shutil.rmtree(copy_of_built / "results/mlflow")
    command = ("--cores=2", "results/table1.csv")
    for _ in range(2):
        (copy_of_built / "results/table1.csv").unlink()
        assert set(jobs(copy_of_built, *command)) == {"track_runs", "make_table1"}
        done = snakemake(copy_of_built, *command, MLFLOW_TRACKING_URI="http://ann:s3cret@127.0.0.1:9")
        assert done.returncode == 0, done.stdout
        [line] = [line for line in done.stdout.splitlines() if line.startswith("warning: ")]
        start = "warning: runs of results/table1.csv: not sent to MLflow: the store http://127.0.0.1:9 takes nothing"
        assert line.startswith(start)
        assert "s3cret" not in done.stdout
        assert table(copy_of_built) == before
        assert set(jobs(copy_of_built, *command)) == {"track_runs", "make_table1"}
    (copy_of_built / "results/table1.csv").unlink()
    done = snakemake(copy_of_built, *command)
    assert done.returncode == 0 and "not sent to MLflow" not in done.stdout
    test_mlflow_has_every_run_with_its_curves(copy_of_built)
    assert jobs(copy_of_built, *command) == {}


@pytest.fixture
def storage():
    """Options of Snakemake for a bucket of a server on loopback, and a client of it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    address, port = server.get_host_and_port()
    endpoint = f"http://{address}:{port}"
    client = boto3.client(
        "s3", endpoint_url=endpoint, aws_access_key_id="key", aws_secret_access_key="secret", region_name="us-east-1"
    )
    client.create_bucket(Bucket="listens")
    yield [f"--storage-s3-endpoint-url={endpoint}", "--default-storage-prefix=s3://listens/tiny"], client
    server.stop()


@pytest.fixture
def committed(project):
    """Pods get the files of the commit; of one seed, since all seeds of a model are evaluated in one job."""
    config = project / "config/config.yaml"
    config.write_text(config.read_text().replace("\nseeds: [0, 1]\n", "\nseeds: [0]\n"))
    commit = ["-c", "user.name=a test", "-c", "user.email=a@test", "commit", "--quiet", "--message=all"]
    for command in (["init", "--quiet"], ["add", "--all"], commit):
        subprocess.run(["git", *command], cwd=project, check=True)
    return project


def test_all_files_in_object_storage(built, committed, storage, monkeypatch):
    """The profile for Kubernetes plans what a local run does; its jobs, on this machine, find and leave all there."""
    options, client = storage
    run = "results/runs/table1/user_mean/strict_0"
    monkeypatch.setenv("PYTHONPATH", str(Path(sys.prefix, "kubernetes")))  # where make installs what this test needs
    monkeypatch.setenv("SNAKEMAKE_STORAGE_S3_ACCESS_KEY", "key")
    monkeypatch.setenv("SNAKEMAKE_STORAGE_S3_SECRET_KEY", "secret")
    planned = jobs(committed, "results/table1.csv")
    on_kubernetes = jobs(committed, "--profile=profiles/kubernetes", *options, "--", "results/table1.csv")
    assert {rule: len(outputs) for rule, outputs in on_kubernetes.items()} == {
        rule: len(outputs) for rule, outputs in planned.items()
    }

    here = ["--profile=profiles/kubernetes", "--executor=local", "--cores=2", *options, "--", f"{run}/metrics.json"]
    done = snakemake(committed, *here)
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1] == f"done: s3://listens/tiny/{run}/metrics.json"
    assert not (committed / "results").exists()
    stored = {one["Key"] for one in client.list_objects_v2(Bucket="listens")["Contents"]}
    assert {name.split("/")[1] for name in stored} == {"results"}  # no code

    again = snakemake(committed, *here)
    assert "nothing to do: everything is there and up to date" in again.stdout
    body = client.get_object(Bucket="listens", Key=f"tiny/{run}/metrics.json")["Body"].read()
    assert body == (built / run / "metrics.json").read_bytes()
