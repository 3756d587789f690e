"""What an experiment says first in MLflow: the models that are best on validation, and links to their files."""

import json
from collections.abc import Sequence

from mlflow import MlflowClient
from mlflow.entities import Run

from lastfm_gnn.metrics.selection import CHOSEN_BY, LOWEST

NOTE = "Models are chosen by their validation scores, means over the runs of a protocol. Test scores choose nothing."
VIEW = "models"  # the name of a table of models, in MLflow's words a shared view
PREDICTIONS = "first_predictions.csv"  # among the files of a run
HEAD = ("protocol", "best model", "of models", "valid", "test", "runs", "the first of them")


def describe(
    client: MlflowClient, experiment: str, runs: Sequence[Run], means: dict[tuple[str, str], dict[str, float]]
) -> None:
    """Write the experiment's description, and the view of its table that shows models alone, the best first.

    runs: of the experiment. means: of the chosen runs' scores, by model and protocol; see tracking.py.
    """
    parents = {run.data.tags["model"]: run for run in runs if run.data.tags["level"] == "model"}
    chosen = [
        run
        for run in runs
        if run.data.tags.get("chosen") == "true"
        and "superseded" not in run.data.tags
        and "task" in run.data.params  # else its sending broke off
    ]
    if not chosen:
        return
    task = chosen[0].data.params["task"].split("_")[0]
    metric = CHOSEN_BY["liking" if task == "table1" else task]
    rows: list[Sequence[str]] = []
    for protocol in sorted(
        {protocol for _, protocol in means}, key=lambda protocol: (protocol != "strict", protocol)
    ):
        valid, test = f"mean_{protocol}_best_valid_{metric}", f"mean_{protocol}_test_{metric}"
        scores = {model: mean[valid] for (model, of), mean in means.items() if of == protocol and valid in mean}
        if not scores:
            continue
        best = (min if metric in LOWEST else max)(scores, key=scores.__getitem__)
        own = [run for run in chosen if (run.data.tags["model"], _protocol(run)) == (best, protocol)]
        first = min(own, key=lambda run: run.data.tags["split"])
        if not rows:
            view = f"#/experiments/{experiment}/runs?viewStateShareKey={VIEW}"
            state = _view(valid, test, metric in LOWEST)
            summary = (
                f"Best on validation: {best}, {metric} {scores[best]:.4f}."
                f" [Its curves]({_page(first)}/model-metrics),"
                f" [its predictions]({_page(first)}/artifacts/{PREDICTIONS}), [all models, the best first]({view})"
            )
        measured = f"{means[best, protocol][test]:.4f}" if test in means[best, protocol] else ""
        of_best = f"[{best}]({_page(parents[best])})", str(len(scores)), f"{scores[best]:.4f}", measured
        rows.append((protocol, *of_best, str(len(own)), f"[{first.data.tags['split']}]({_page(first)})"))
    if rows:
        table = [HEAD, ["---"] * len(HEAD), *rows]
        lines = [summary, "", NOTE, "", *(f"| {' | '.join(row)} |" for row in table)]
        client.set_experiment_tag(experiment, "mlflow.note.content", "\n".join(lines))
        client.set_experiment_tag(experiment, f"mlflow.sharedViewState.{VIEW}", json.dumps(state))


def _protocol(run: Run) -> str:
    return run.data.tags["split"].rsplit("_", 1)[0]


def _page(run: Run) -> str:
    return f"#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}"


def _view(valid: str, test: str, lowest: bool) -> dict:
    """The state of MLflow's table of runs: a row a model, with two metrics, ordered by the first."""
    return {
        "searchFilter": "tags.level = 'model'",
        "orderByKey": f"metrics.`{valid}`",
        "orderByAsc": lowest,
        "selectedColumns": [f"metrics.`{name}`" for name in (valid, test)],
    }
