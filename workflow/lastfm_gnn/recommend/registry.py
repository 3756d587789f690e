"""Models in MLflow's registry: registered once for the same contents, under the alias `champion`."""

from pathlib import Path

import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema
from mlflow.types.schema import AnyType

import lastfm_gnn
from lastfm_gnn.core.files import digest, sha256
from lastfm_gnn.core.imports import imported
from lastfm_gnn.recommend.requests import FIELDS
from lastfm_gnn.recommend.server import PAIR, ChampionServer
from lastfm_gnn.track.store import reachable, store_uri
from lastfm_gnn.track.tracking import experiment_id

ALIAS = "champion"
CODE = Path(lastfm_gnn.__file__).parent
NOTE = "The leaderboard's model of liking scores with the best mean validation error, as it is served."
SIGNATURE = ModelSignature(
    # pairs or requests; the server looks itself, as MLflow would cut 2.7 to the 2 that "long" asks for
    Schema([ColSpec(AnyType(), name, required=False) for name in (*PAIR, *FIELDS)]),
    Schema(
        [
            ColSpec("double", "predicted_liking", required=False),
            *(ColSpec(AnyType(), name, required=False) for name in ("recommended", "not_found", "taken_for")),
        ]
    ),
)


def register(
    name: str,
    variant: str,
    artifacts: dict[str, Path],
    tags: dict[str, str],
    metrics: dict[str, float],
    requirements: Path,
    example: dict,
    folder: Path,
) -> tuple[str, str]:
    """Version of the ChampionServer of these artifacts, and the digest of what it serves: artifacts, requirements,
    and the code that reads and runs a model of this variant. Where a version has that digest already, no other is
    made. example: a request that it answers. Raises StoreError where the store does not take it."""
    programs = [CODE / "recommend/server.py", CODE / f"liking/models/{variant}.py"]
    served = [*artifacts.values(), requirements, *imported(programs, CODE.parent)]
    contents = digest([sha256(path) for path in served])
    uri = store_uri(folder)
    with reachable(uri, folder):
        mlflow.set_tracking_uri(uri)
        client = MlflowClient()
        versions = [
            one for one in client.search_model_versions(f"name = '{name}'") if one.tags.get("contents") == contents
        ]
        version = (
            versions[0].version if versions else _log(client, name, artifacts, metrics, requirements, example, folder)
        )
        for key, value in (tags | {"contents": contents}).items():
            client.set_model_version_tag(name, version, key, value)
        client.set_registered_model_alias(name, ALIAS, version)
        return str(version), contents


def _log(
    client: MlflowClient,
    name: str,
    artifacts: dict[str, Path],
    metrics: dict[str, float],
    requirements: Path,
    example: dict,
    folder: Path,
) -> str:
    experiment = experiment_id(client, f"Champion: {name}", folder, f"{NOTE} [Its versions](#/models/{name})")
    with mlflow.start_run(experiment_id=experiment, run_name=name):
        info = mlflow.pyfunc.log_model(
            name="model",
            python_model=ChampionServer(),
            artifacts={key: str(path) for key, path in artifacts.items()},
            code_paths=[str(CODE)],
            signature=SIGNATURE,
            input_example=pd.DataFrame([example]),
            pip_requirements=str(requirements),
            registered_model_name=name,
        )
        mlflow.log_metrics(metrics, model_id=info.model_id)
    return info.registered_model_version
