"""A real MLflow store, SQLite and server, fresh and crowded."""

import json
import shutil
import socket
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from mlflow import MlflowClient

import track_run
from conftest import environment, make_run
from lastfm_gnn.core.program import InputError
from lastfm_gnn.track import tracking

JOBS = 10


@pytest.fixture(scope="module")
def run(tiny_tables, tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("run"), tiny_tables, "strict", "edge_weight")


@pytest.fixture(autouse=True)
def no_server(monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def arguments(run, store, output, trial=0, model="edge_weight", evaluated=True):
    figure, model_file = run["evaluation"] / "figure.png", run["run"] / "model.pt"
    evaluation = [f"--metrics={run['evaluation']}/metrics.json", "--artifacts", str(figure), str(model_file)]
    return [
        "--experiment=liking",
        f"--model={model}",
        "--split=strict_0",
        f"--trial={trial}",
        f"--run={run['run']}/run.json",
        f"--curves={run['run']}/history.csv",
        *(evaluation if evaluated else []),
        f"--store-folder={store}",
        f"--output={output}",
    ]


def runs(store, **tags):
    client = MlflowClient(f"sqlite:///{store}/mlflow.db")
    experiment = client.get_experiment_by_name("liking (generated data)")
    sent = client.search_runs([experiment.experiment_id])
    return client, [one for one in sent if tags.items() <= one.data.tags.items()]


def test_a_run_is_whole(run, tmp_path):
    track_run.main(arguments(run, tmp_path, tmp_path / "receipt.json"))
    client, [sent] = runs(tmp_path, level="run")
    recorded = json.loads((run["run"] / "run.json").read_text())
    assert sent.data.params == {
        key: str(value) for key, value in (recorded["identity"] | recorded["settings"]).items()
    }
    metrics = json.loads((run["evaluation"] / "metrics.json").read_text())
    assert sent.data.metrics["test_mse"] == metrics["mse"]
    assert sent.data.metrics["best_valid_mse"] == recorded["valid"]["mse"]
    history = client.get_metric_history(sent.info.run_id, "valid_mse")
    assert [point.step for point in history] == [1, 2]
    digests = {one.dataset.name: one.dataset.digest for one in sent.inputs.dataset_inputs}
    assert set(digests) == {"strict_0/train", "strict_0/valid", "strict_0/test"}
    assert digests["strict_0/train"] == recorded["data_sha256"][f"{run['split']}/train.parquet"][:36]
    artifacts = {artifact.path for artifact in client.list_artifacts(sent.info.run_id)}
    assert artifacts == {"run.json", "history.csv", "model.pt", "metrics.json", "figure.png"}
    assert sent.data.tags["git_commit"] == recorded["git_commit"]
    assert sent.info.status == "FINISHED"
    _, [parent] = runs(tmp_path, level="model")
    assert sent.data.tags["mlflow.parentRunId"] == parent.info.run_id
    assert parent.info.run_name == "edge_weight"
    receipt = json.loads((tmp_path / "receipt.json").read_text())
    assert receipt["run_id"] == sent.info.run_id
    assert receipt["name"] == sent.info.run_name == f"edge_weight/strict_0/trial_0/{sent.data.tags['identity'][:8]}"


def test_sent_twice_is_one_run_with_one_point_a_step(run, tmp_path):
    for _ in range(2):
        track_run.main(arguments(run, tmp_path, tmp_path / "receipt.json"))
    client, [sent] = runs(tmp_path, level="run")
    assert len(client.get_metric_history(sent.info.run_id, "train_mse")) == 2
    assert len(sent.inputs.dataset_inputs) == 3


def test_sending_goes_on_where_it_broke(run, tmp_path, monkeypatch):
    def broken(self, *args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, "log_artifact", broken)
        with pytest.raises(KeyboardInterrupt):
            track_run.main(arguments(run, tmp_path, tmp_path / "receipt.json"))
    assert not (tmp_path / "receipt.json").exists()
    track_run.main(arguments(run, tmp_path, tmp_path / "receipt.json"))
    client, [sent] = runs(tmp_path, level="run")
    assert sent.info.status == "FINISHED"
    assert len(client.get_metric_history(sent.info.run_id, "train_mse")) == 2
    assert len(client.list_artifacts(sent.info.run_id)) == 5


def test_changed_settings_make_a_new_run_and_mark_the_old_until_they_are_back(run, tmp_path):
    track_run.main(arguments(run, tmp_path, tmp_path / "receipt.json"))
    changed = {name: tmp_path / name for name in run}
    shutil.copytree(run["run"], changed["run"])
    recorded = json.loads((changed["run"] / "run.json").read_text())
    recorded["settings"]["decay"] = 0.5
    (changed["run"] / "run.json").write_text(json.dumps(recorded))
    changed["evaluation"] = run["evaluation"]
    track_run.main(arguments(changed, tmp_path, tmp_path / "receipt.json"))
    _, old = runs(tmp_path, level="run", superseded="true")
    _, both = runs(tmp_path, level="run")
    assert [one.data.params["decay"] for one in old] == ["0.9"]
    assert sorted(one.data.params["decay"] for one in both) == ["0.5", "0.9"]
    assert len({one.data.tags["mlflow.parentRunId"] for one in both}) == 1
    # back to the first settings: the same run again
    track_run.main(arguments(run, tmp_path, tmp_path / "receipt.json"))
    _, back = runs(tmp_path, level="run")
    assert len(back) == 2
    assert {one.data.params["decay"]: "superseded" in one.data.tags for one in back} == {"0.9": False, "0.5": True}


def test_many_processes_on_a_fresh_store_lose_nothing(run, tmp_path):
    """Without the lock, eight that meet a fresh SQLite store at once lose seven."""
    script = Path(track_run.__file__)

    def send(trial):
        output = tmp_path / "receipts" / f"{trial}.json"
        done = subprocess.run(
            [sys.executable, script, *arguments(run, tmp_path / "store", output, trial, f"model_{trial % 3}", False)],
            env=environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stderr

    with ThreadPoolExecutor(JOBS) as pool:
        ended = list(pool.map(send, range(JOBS)))
    assert [code for code, _ in ended] == [0] * JOBS, ended
    client, sent = runs(tmp_path / "store", level="run")
    assert sorted(int(one.data.tags["trial"]) for one in sent) == list(range(JOBS))
    assert all(len(client.get_metric_history(one.info.run_id, "valid_mse")) == 2 for one in sent)
    assert len(runs(tmp_path / "store", level="model")[1]) == 3


@pytest.fixture
def server(tmp_path):
    """A real MLflow server on loopback; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "mlflow", "server", "--host=127.0.0.1", f"--port={port}", "--workers=1",
         f"--backend-store-uri=sqlite:///{tmp_path}/server.db", f"--artifacts-destination={tmp_path}/served"],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    for line in process.stdout:
        if "Uvicorn running on" in line:
            break
    else:
        raise AssertionError("the server did not start")
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.communicate(timeout=60)


def test_server_and_its_absence(run, tmp_path, server, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    track_run.main(arguments(run, tmp_path / "store", tmp_path / "receipt.json"))
    assert json.loads((tmp_path / "receipt.json").read_text())["store"] == server
    assert not (tmp_path / "store" / "mlflow.db").exists()
    assert urllib.request.urlopen(server).status == 200  # the UI
    client = MlflowClient(server)
    experiment = client.get_experiment_by_name("liking (generated data)")
    [sent] = client.search_runs([experiment.experiment_id], "tags.level = 'run'")
    assert len(client.list_artifacts(sent.info.run_id)) == 5

    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    with pytest.raises(InputError, match=r"does not take the run .* tracking: false") as raised:
        track_run.main(arguments(run, tmp_path / "store", tmp_path / "other.json"))
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "other.json").exists()


def test_lock_is_let_go_of(tmp_path):
    with tracking.one_at_a_time(tmp_path):
        pass
    with tracking.one_at_a_time(tmp_path):
        pass
