"""Runs as MLflow has them: a run's files are the record, MLflow is their mirror."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, Run, RunTag

from lastfm_gnn.core.files import digest
from lastfm_gnn.track.description import describe
from lastfm_gnn.track.models import DIGEST, model_of, tied
from lastfm_gnn.track.store import reachable, store_uri


@dataclass(frozen=True)
class Record:
    """What is sent of one run.

    settings and data_sha256 make its identity; curves, {metric: {step: value}}, and metrics are its results;
    started (seconds since 1970) and seconds its times; artifacts its files; texts further ones, by their names.
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
    texts: dict[str, str] = field(default_factory=dict)
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

    @property
    def place(self) -> dict[str, str]:
        """Tags of the run, and of those that it takes the place of."""
        return {"model": self.model, "split": self.split, "trial": str(self.trial), "level": "run"}


def experiment_id(client: MlflowClient, name: str, folder: Path, note: str = "") -> str:
    if experiment := client.get_experiment_by_name(name):
        return experiment.experiment_id
    # a server keeps files itself; beside a database they are in the folder, whatever signs its name has
    served = client.tracking_uri.startswith("http")
    location = None if served else (folder / "artifacts").resolve().as_uri()
    # MLflow's name for experiments in which models are trained
    tags = {"mlflow.experimentKind": "custom_model_development", "mlflow.note.content": note}
    return client.create_experiment(name, artifact_location=location, tags=tags)


def send(records: Sequence[Record], folder: Path) -> dict[str, str]:
    """Send the records of runs to the store, and return the id there of each name. Sent twice, a run is one run with
    one point a step, and sending goes on where it broke.

    A run of the same experiment, model, split and trial with other settings, data or results is marked superseded.
    Raises StoreError where the store does not take them.
    """
    uri = store_uri(folder)
    with reachable(uri, folder):
        client = MlflowClient(tracking_uri=uri)
        ids: dict[str, str] = {}
        for name in dict.fromkeys(record.experiment for record in records):
            own = [record for record in records if record.experiment == name]
            ids |= _send_experiment(client, own, experiment_id(client, name, folder))
        return ids


def _send_experiment(client: MlflowClient, records: Sequence[Record], experiment: str) -> dict[str, str]:
    there = list(_runs(client, experiment))
    parents = {run.data.tags["model"]: run for run in there if run.data.tags["level"] == "model"}
    ids = {}
    for record in records:
        if record.model not in parents:
            parents[record.model] = _start_parent(client, experiment, record)
        places = [run for run in there if record.place.items() <= run.data.tags.items()]
        ids[record.name] = _send(client, record, experiment, places, parents[record.model].info.run_id)
    runs = list(_runs(client, experiment))
    describe(client, experiment, runs, _log_means(client, runs))
    return ids


def _runs(client: MlflowClient, experiment: str) -> Iterable[Run]:
    """All of an experiment that were sent from here."""
    page = client.search_runs([experiment])
    yield from (run for run in page if "level" in run.data.tags)
    while page.token:
        page = client.search_runs([experiment], page_token=page.token)
        yield from (run for run in page if "level" in run.data.tags)


def _start_parent(client: MlflowClient, experiment: str, record: Record) -> Run:
    """The run over a model's trials and seeds, made when the first of them comes."""
    tags = {"model": record.model, "level": "model"}
    parent = client.create_run(experiment, int(record.started * 1000), run_name=record.model, tags=tags)
    client.set_terminated(parent.info.run_id)
    return parent


def _log_means(client: MlflowClient, runs: Sequence[Run]) -> dict[tuple[str, str], dict[str, float]]:
    """Metrics of the models' parent runs, by model and protocol: means over the chosen runs of the protocol."""
    chosen: dict[tuple[str, str], list[dict[str, float]]] = {}
    parents = {}
    for run in runs:
        tags = run.data.tags
        if tags["level"] == "model":
            parents[tags["model"]] = run
        elif tags["chosen"] == "true" and "superseded" not in tags:
            chosen.setdefault((tags["model"], tags["split"].rsplit("_", 1)[0]), []).append(run.data.metrics)
    now = int(time.time() * 1000)
    all_means = {}
    for (model, protocol), scores in chosen.items():
        means = {
            f"mean_{protocol}_{name}": sum(run[name] for run in scores) / len(scores)
            for name in scores[0]
            if name.startswith(("best_valid_", "test_")) and all(name in run for run in scores)
        }
        all_means[model, protocol] = means
        before = parents[model].data.metrics
        news = [Metric(name, mean, now, 0) for name, mean in means.items() if before.get(name) != mean]
        if news:
            client.log_batch(parents[model].info.run_id, metrics=news)
    return all_means


def _send(client: MlflowClient, record: Record, experiment: str, places: Sequence[Run], parent: str) -> str:
    """places: the runs that are there in the record's place."""
    run = None
    for old in places:
        if old.data.tags["identity"] == record.identity and old.data.tags["results"] == record.results:
            run = old
            if "superseded" in old.data.tags:  # the settings are back to what they were
                client.delete_tag(old.info.run_id, "superseded")
        elif "superseded" not in old.data.tags:
            client.set_tag(old.info.run_id, "superseded", "true")
    if run is None:
        tags = record.place | {
            "identity": record.identity,
            "results": record.results,
            "chosen": str(record.chosen).lower(),
            "mlflow.parentRunId": parent,
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
    scores = [Metric(name, value, start, 0) for name, value in record.metrics.items()]
    if record.chosen:
        model_id = model_of(client, experiment, run_id, record.model, record.settings)
        scores = [tied(score, model_id, record.split, record.data_sha256) for score in scores]
    client.log_batch(
        run_id, metrics=points + scores, params=[Param(name, str(value)) for name, value in record.settings.items()]
    )
    client.log_inputs(
        run_id,
        datasets=[
            DatasetInput(
                Dataset(f"{record.split}/{name}", sha256[:DIGEST], "local", "{}"),
                [InputTag("mlflow.data.context", name)],
            )
            for name, sha256 in record.data_sha256.items()
        ],
    )
    for path in record.artifacts:
        client.log_artifact(run_id, str(path))
    for name, text in record.texts.items():
        client.log_text(run_id, text, name)
    client.log_batch(run_id, tags=[RunTag("seconds", f"{record.seconds:.1f}")])
    client.set_terminated(run_id, end_time=start + int(record.seconds * 1000))
    return run_id
