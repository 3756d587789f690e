"""Runs as MLflow has them: a run's files are the record, MLflow is their mirror."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, Run, RunTag
from sqlalchemy.exc import SQLAlchemyError

from lastfm_gnn.core.files import digest
from lastfm_gnn.core.program import InputError

# A server that is gone is reported in seconds, not in the minutes that MLflow's default of 7 retries takes.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")

NOTE = (
    "A parent run a model; below it a run a split and trial. The parent's metrics are means over the chosen runs of a"
    " protocol. To find the best model, sort by mean_strict_best_valid_...: errors upwards, others downwards."
    " Models are chosen by it; test scores choose nothing."
)


@dataclass(frozen=True)
class Record:
    """What is sent of one run.

    settings and data_sha256 make its identity; curves, {metric: {step: value}}, and metrics are its results;
    started (seconds since 1970) and seconds its times; artifacts its files.
    """

    experiment: str
    model: str
    split: str
    trial: int
    settings: dict
    data_sha256: dict[str, str]
    curves: dict[str, dict[int, float]]
    metrics: dict[str, float]
    git_commit: str
    started: float
    seconds: float
    artifacts: list[Path] = field(default_factory=list)
    chosen: bool = False

    @property
    def identity(self) -> str:
        """Digest of settings and data: another one is another run."""
        return digest([self.settings, self.data_sha256])

    @property
    def results(self) -> str:
        """Digest of what came out: a run that is sent again with the same is the same run."""
        return digest([self.curves, self.metrics, self.chosen])

    @property
    def protocol(self) -> str:
        return self.split.rsplit("_", 1)[0]

    @property
    def name(self) -> str:
        return f"{self.model}/{self.split}/trial_{self.trial}/{self.identity[:8]}"


@contextlib.contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: writers that meet a fresh SQLite store at once would lose runs."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # the kernel lets go of it when the process ends, however it ends
        yield


def store_uri(folder: Path) -> str:
    """MLFLOW_TRACKING_URI, else an SQLite file in the folder."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{folder}/mlflow.db"


@contextlib.contextmanager
def reachable(uri: str, folder: Path) -> Iterator[None]:
    """Alone with the store, whose failure is an InputError."""
    try:
        with one_at_a_time(folder):
            yield
    except (mlflow.exceptions.MlflowException, SQLAlchemyError, ModuleNotFoundError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise InputError(
            f"the MLflow store {uri} does not take the run ({reason}); start it, unset MLFLOW_TRACKING_URI,"
            " or set tracking: false in the config; then run the same command again"
        ) from error


def experiment_id(client: MlflowClient, name: str, folder: Path, note: str = NOTE) -> str:
    if experiment := client.get_experiment_by_name(name):
        return experiment.experiment_id
    local = client.tracking_uri.startswith("sqlite:")
    location = str(folder / "artifacts") if local else None
    return client.create_experiment(name, artifact_location=location, tags={"mlflow.note.content": note})


def _search(client: MlflowClient, experiment_id: str, **tags: str) -> list[Run]:
    """The runs that carry these tags."""
    return list(client.search_runs([experiment_id], " and ".join(f"tags.{key} = '{tags[key]}'" for key in tags)))


def _parent_id(client: MlflowClient, experiment_id: str, record: Record) -> str:
    """The run over a model's trials and seeds, made when the first of them comes."""
    if parents := _search(client, experiment_id, model=record.model, level="model"):
        return parents[0].info.run_id
    tags = {"model": record.model, "level": "model"}
    parent = client.create_run(experiment_id, int(record.started * 1000), run_name=record.model, tags=tags)
    client.set_terminated(parent.info.run_id)
    return parent.info.run_id


def _log_means(client: MlflowClient, experiment_id: str, record: Record) -> None:
    """The parent run's metrics: means over its chosen runs of the record's protocol."""
    chosen = _search(client, experiment_id, model=record.model, level="run", chosen="true")
    runs = [
        run.data.metrics
        for run in chosen
        if run.data.tags["split"].startswith(record.protocol) and "superseded" not in run.data.tags
    ]
    means = {
        f"mean_{record.protocol}_{name}": sum(run[name] for run in runs if name in run) / len(runs)
        for name in runs[0]
        if name.startswith(("best_valid_", "test_")) and all(name in run for run in runs)
    }
    now = int(time.time() * 1000)
    client.log_batch(
        _parent_id(client, experiment_id, record),
        metrics=[Metric(name, mean, now, 0) for name, mean in means.items()],
    )


def send(record: Record, folder: Path) -> str:
    """Send a run's record to the store and return its id. Sent twice, it is one run with one point a step.

    A run of the same task, model, split and trial with other settings, data or results is marked superseded.
    Raises InputError where the store cannot be reached.
    """
    uri = store_uri(folder)
    with reachable(uri, folder):
        client = MlflowClient(tracking_uri=uri)
        experiment = experiment_id(client, record.experiment, folder)
        run_id = _send(client, record, experiment)
        if record.chosen:
            _log_means(client, experiment, record)
        return run_id


def _send(client: MlflowClient, record: Record, experiment: str) -> str:
    place = {"model": record.model, "split": record.split, "trial": str(record.trial), "level": "run"}
    run = None
    for old in _search(client, experiment, **place):
        if old.data.tags["identity"] == record.identity and old.data.tags["results"] == record.results:
            run = old
            if "superseded" in old.data.tags:  # the settings are back to what they were
                client.delete_tag(old.info.run_id, "superseded")
        elif "superseded" not in old.data.tags:
            client.set_tag(old.info.run_id, "superseded", "true")
    if run is None:
        tags = place | {
            "identity": record.identity,
            "results": record.results,
            "chosen": str(record.chosen).lower(),
            "mlflow.parentRunId": _parent_id(client, experiment, record),
            "mlflow.source.git.commit": record.git_commit,
            "git_commit": record.git_commit,
        }
        run = client.create_run(experiment, int(record.started * 1000), run_name=record.name, tags=tags)
    elif run.info.status == "FINISHED":
        return run.info.run_id
    run_id, start = run.info.run_id, run.info.start_time
    # Equal (step, time, value) are stored once: the times come from the run, so that sending goes on where it broke.
    points = [
        Metric(name, value, start + step, step)
        for name, curve in record.curves.items()
        for step, value in curve.items()
    ]
    points += [Metric(name, value, start, 0) for name, value in record.metrics.items()]
    client.log_batch(
        run_id, metrics=points, params=[Param(name, str(value)) for name, value in record.settings.items()]
    )
    client.log_inputs(
        run_id,
        datasets=[
            DatasetInput(
                Dataset(f"{record.split}/{name}", sha256[:36], "local", "{}"),
                [InputTag("mlflow.data.context", name)],
            )
            for name, sha256 in record.data_sha256.items()
        ],
    )
    for path in record.artifacts:
        client.log_artifact(run_id, str(path))
    client.log_batch(run_id, tags=[RunTag("seconds", f"{record.seconds:.1f}")])
    client.set_terminated(run_id, end_time=start + int(record.seconds * 1000))
    return run_id
