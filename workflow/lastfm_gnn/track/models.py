"""Models in MLflow, beside the runs that made them: their scores are tied to a model and to the data they are of."""

from mlflow import MlflowClient
from mlflow.entities import LoggedModelOutput, LoggedModelStatus, Metric

DIGEST = 36  # letters of a digest that MLflow takes for a data set


def model_of(client: MlflowClient, experiment: str, run_id: str, name: str, settings: dict) -> str:
    """Id of the model of a run, which is made if the run has none. Its file, if it has one, is the run's."""
    there = client.search_logged_models([experiment], filter_string=f"source_run_id = '{run_id}'")
    if there:
        return there[0].model_id
    params = {key: str(value) for key, value in settings.items()}
    model = client.create_logged_model(experiment, name, run_id, params=params)
    client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
    client.log_outputs(run_id, [LoggedModelOutput(model.model_id, 0)])
    return model.model_id


def tied(metric: Metric, model_id: str, split: str, data_sha256: dict[str, str]) -> Metric:
    """A score of the model, with the data set that its name says: test_..., or best_valid_... ."""
    part = next((part for part in data_sha256 if metric.key.removeprefix("best_").startswith(f"{part}_")), None)
    if part is None:
        return metric
    return Metric(
        metric.key,
        metric.value,
        metric.timestamp,
        metric.step,
        model_id,
        f"{split}/{part}",
        data_sha256[part][:DIGEST],
    )
