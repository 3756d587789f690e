"""Runs in a real MLflow store in SQLite: whole, once, under the right names, also where many write."""

import json
import re
import shutil

import pandas as pd
import pytest
from mlflow import MlflowClient

import track_runs
from lastfm_gnn.core.files import read_json, write_json
from lastfm_gnn.core.program import InputError
from lastfm_gnn.track.store import one_at_a_time
from track.stores import chosen_trial, like, send, start_sending

JOBS = 10
pytestmark = pytest.mark.usefixtures("no_server")


@pytest.fixture(scope="module")
def run(tiny_tables, tmp_path_factory):
    return chosen_trial(tmp_path_factory.mktemp("run"), tiny_tables)


def runs_in(store, **tags):
    client = MlflowClient(f"sqlite:///{store}/mlflow.db")
    experiment = client.get_experiment_by_name("Table 1: liking (generated data)")
    every = client.search_runs([experiment.experiment_id])
    return client, [one for one in every if tags.items() <= one.data.tags.items()]


def test_a_run_whose_sending_broke_off_stops_no_other(run, tmp_path):
    send(tmp_path, run)
    client, [sent] = runs_in(tmp_path, level="run")
    broken = client.create_run(sent.info.experiment_id, tags=sent.data.tags | {"split": "strict_9"})
    receipt = send(tmp_path, run)
    assert "error" not in receipt and broken.info.run_id not in str(receipt)


def test_a_run_is_whole(run, tmp_path):
    receipt = send(tmp_path, run)
    client, [sent] = runs_in(tmp_path, level="run")
    recorded = read_json(run / "run.json")
    settings = recorded["identity"] | recorded["settings"]
    assert sent.data.params == {key: str(value) for key, value in settings.items()} | {"device": "cpu"}
    assert sent.data.metrics["test_mse"] == read_json(run.parent / "metrics.json")["mse"]
    assert sent.data.metrics["best_valid_mse"] == recorded["valid"]["mse"]
    history = client.get_metric_history(sent.info.run_id, "valid_mse")
    assert [point.step for point in history] == [1, 2]
    digests = {one.dataset.name: one.dataset.digest for one in sent.inputs.dataset_inputs}
    assert set(digests) == {"strict_0/train", "strict_0/valid", "strict_0/test"}
    assert digests["strict_0/train"] == recorded["data_sha256"][f"{run.parent}/split/train.parquet"][:36]
    artifacts = {artifact.path for artifact in client.list_artifacts(sent.info.run_id)}
    assert artifacts == {"run.json", "history.csv", "model.pt", "metrics.json", "figure.png", "first_predictions.csv"}
    shown = pd.read_csv(client.download_artifacts(sent.info.run_id, "first_predictions.csv", str(tmp_path)))
    whole = pd.read_parquet(run.parent / "predictions.parquet")
    pd.testing.assert_frame_equal(shown, whole[:500], check_dtype=False, rtol=1e-3)
    [model] = client.search_logged_models([sent.info.experiment_id])
    assert (model.name, model.source_run_id) == ("edge_weight", sent.info.run_id)
    assert {one.key: one.dataset_name for one in model.metrics} == {
        name: f"strict_0/{'test' if name.startswith('test') else 'valid'}"
        for name in sent.data.metrics
        if "best_v" in name or "test" in name
    }
    assert sent.data.tags["git_commit"] == recorded["git_commit"]
    assert sent.info.status == "FINISHED"
    _, [parent] = runs_in(tmp_path, level="model")
    assert sent.data.tags["mlflow.parentRunId"] == parent.info.run_id
    assert parent.info.run_name == "edge_weight"
    assert parent.data.metrics["mean_strict_test_mse"] == sent.data.metrics["test_mse"]
    name = f"edge_weight/strict_0/trial_0/{sent.data.tags['identity'][:8]}"
    assert sent.info.run_name == name
    assert receipt == {"failures": 0, "runs": {name: sent.info.run_id}, "store": f"sqlite:///{tmp_path}/mlflow.db"}


def test_an_experiment_says_which_model_is_best(run, tmp_path):
    for model, error in {"attention": 0.2, "edge_weight": 0.1}.items():
        folder = shutil.copytree(run.parent, tmp_path / model) / run.name
        for file, key in ((folder / "run.json", "valid"), (folder.parent / "metrics.json", None)):
            content = read_json(file)
            content["identity"] |= {"model": model}
            (content[key] if key else content)["mse"] = error
            write_json(file, content)
        send(tmp_path, folder)
    client, runs = runs_in(tmp_path)
    tags = client.get_experiment(runs[0].info.experiment_id).tags
    note, view = tags["mlflow.note.content"], json.loads(tags["mlflow.sharedViewState.models"])
    [child] = [one for one in runs if one.data.tags["model"] == "edge_weight" and one.data.tags["level"] == "run"]
    assert note.startswith("Best on validation: edge_weight, mse 0.1000. [Its curves](#/experiments/")
    assert f"{child.info.run_id}/artifacts/first_predictions.csv" in note
    assert re.search(
        r"\| strict \| \[edge_weight\]\(\S+\) \| 2 \| 0.1000 \| 0.1000 \| 1 \| \[strict_0\]\(\S+\) \|$", note
    )
    assert (view["orderByKey"], view["orderByAsc"]) == ("metrics.`mean_strict_best_valid_mse`", True)


@pytest.mark.parametrize(
    ("names", "experiment", "split"),
    [
        ({"task": "ranking", "league": "listens"}, "Leaderboard: ranking, listens", "strict_0"),
        ({"task": "region", "features": "none"}, "LastFM Asia: region (none features)", "strict_0"),
        ({"task": "region", "features": "full", "trial": 3}, "LastFM Asia: region (full features)", "tuning"),
    ],
)
def test_what_a_run_is_says_its_experiment(run, tmp_path, names, experiment, split):
    record = track_runs.record_of(like(run, tmp_path / "run", **names))
    assert (record.experiment, record.split) == (f"{experiment} (generated data)", split)
    assert record.trial == names.get("trial", 0) and not record.chosen


def test_sent_twice_is_one_run_with_one_point_a_step(run, tmp_path):
    assert send(tmp_path, run) == send(tmp_path, run)
    client, [sent] = runs_in(tmp_path, level="run")
    assert len(client.get_metric_history(sent.info.run_id, "train_mse")) == 2
    assert len(sent.inputs.dataset_inputs) == 3


def test_sending_goes_on_where_it_broke(run, tmp_path, monkeypatch):
    def broken(self, *args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, "log_artifact", broken)
        with pytest.raises(KeyboardInterrupt):
            send(tmp_path, run)
    assert not (tmp_path / "receipt.json").exists()
    send(tmp_path, run)
    client, [sent] = runs_in(tmp_path, level="run")
    assert sent.info.status == "FINISHED"
    assert len(client.get_metric_history(sent.info.run_id, "train_mse")) == 2
    assert len(client.list_artifacts(sent.info.run_id)) == 6


def test_changed_settings_make_a_new_run_and_mark_the_old_until_they_are_back(run, tmp_path):
    send(tmp_path, run)
    changed = shutil.copytree(run.parent, tmp_path / "changed") / run.name
    recorded = read_json(changed / "run.json")
    recorded["settings"]["decay"] = 0.5
    write_json(changed / "run.json", recorded)
    send(tmp_path, changed)
    _, old = runs_in(tmp_path, level="run", superseded="true")
    _, both = runs_in(tmp_path, level="run")
    assert [one.data.params["decay"] for one in old] == ["0.9"]
    assert sorted(one.data.params["decay"] for one in both) == ["0.5", "0.9"]
    assert len({one.data.tags["mlflow.parentRunId"] for one in both}) == 1
    # back to the first settings: the same run again
    send(tmp_path, run)
    _, back = runs_in(tmp_path, level="run")
    assert len(back) == 2
    assert {one.data.params["decay"]: "superseded" in one.data.tags for one in back} == {"0.9": False, "0.5": True}


def test_a_cut_record_is_no_failure_of_the_store(run, tmp_path):
    cut = like(run, tmp_path / "cut")
    (cut / "run.json").write_text('{"identity": ')
    with pytest.raises(InputError, match="not readable JSON"):
        send(tmp_path, cut)
    assert not (tmp_path / "receipt.json").exists()


def test_many_processes_on_a_fresh_store_lose_nothing(run, tmp_path):
    """Without the lock, eight that meet a fresh SQLite store at once lose seven."""
    copies = [like(run, tmp_path / f"{n}", trial=n, model=f"model_{n % 3}") for n in range(JOBS)]
    processes = start_sending(tmp_path / "store", copies)
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * JOBS
    client, sent = runs_in(tmp_path / "store", level="run")
    assert sorted(int(one.data.tags["trial"]) for one in sent) == list(range(JOBS))
    assert all(len(client.get_metric_history(one.info.run_id, "valid_mse")) == 2 for one in sent)
    assert len(runs_in(tmp_path / "store", level="model")[1]) == 3


def test_files_stay_in_a_clone_of_any_name(run, tmp_path, monkeypatch):
    clone = tmp_path / "100%20 #1?&é'"
    (clone / "results").mkdir(parents=True)
    before = {path for path in tmp_path.rglob("*") if not path.is_relative_to(clone)}
    monkeypatch.chdir(clone)
    track_runs.main(["--runs", str(run), "--store-folder=results/mlflow", "--output=results/mlflow/table1.json"])
    assert {path for path in tmp_path.rglob("*") if not path.is_relative_to(clone)} == before
    files = {path.name for path in (clone / "results/mlflow/artifacts").rglob("*") if path.is_file()}
    assert files == {"run.json", "history.csv", "model.pt", "metrics.json", "figure.png", "first_predictions.csv"}
    assert (clone / "results/mlflow/mlflow.db").is_file()
    _, [sent] = runs_in("results/mlflow", level="run")
    assert len(MlflowClient("sqlite:///results/mlflow/mlflow.db").list_artifacts(sent.info.run_id)) == 6


def test_lock_is_let_go_of(tmp_path):
    for _ in range(2):
        with one_at_a_time(tmp_path):
            pass
