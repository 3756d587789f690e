"""The leaderboard of the tiny experiment, run whole, and what the real one would run."""

import json
import re

import pandas as pd
import pytest
from mlflow import MlflowClient

from conftest import snakemake


def test_every_model_metric_and_league_is_there(experiment):
    table = pd.read_csv(experiment / "results/leaderboard.csv")
    assert (table.data == "generated").all()  # no result
    found = table.groupby(["task", "league"]).model.agg(lambda models: list(dict.fromkeys(models))).to_dict()
    assert found == {
        ("liking", "scores"): ["bias", "edge_network", "blend"],
        ("liking", "side"): ["boosted_trees", "edge_network", "blend"],
        ("ranking", "friends"): ["graph_filter"],
        ("ranking", "listens"): ["popularity", "ease"],
        ("friends_hetrec", "graph"): ["adamic_adar", "personalised_pagerank"],
    }
    liking = table[(table.task == "liking") & (table.metric == "mse")]
    assert (liking.low <= liking["mean"]).all() and (liking["mean"] <= liking.high).all()
    for row in liking.itertuples():
        folder = experiment / f"results/runs/liking/{row.league}/{row.model}"
        parts = [pd.read_parquet(file) for file in sorted(folder.glob("strict_*/predictions.parquet"))]
        errors = pd.Series([((part.predicted - part.liking) ** 2).mean() for part in parts])
        assert row.mean == pytest.approx(errors.mean(), abs=1e-6)
    ablations = pd.read_csv(experiment / "results/ablations.csv")
    assert set(ablations.ablation) == {"edge_network_no_kernels"} and set(ablations.task) == {"liking"}
    for table in ("comparisons", "activity"):
        assert len(pd.read_csv(experiment / f"results/{table}.csv"))


def test_everybody_is_recommended_artists_and_friends(experiment):
    folder = experiment / "results/recommendations"
    artists, friends = (pd.read_parquet(folder / f"{name}.parquet") for name in ("artists", "friends_hetrec"))
    listens = pd.read_parquet(experiment / "results/tables/hetrec/listens.parquet")
    assert set(artists.user_id) == set(listens.user_id) and (artists.groupby("user_id").size() == 20).all()
    assert artists.merge(listens, on=["user_id", "artist_id"]).empty
    friendships = pd.read_parquet(experiment / "results/tables/hetrec/friends.parquet")
    assert set(friends.user_id) == set(friendships.user_id)
    assert friends.merge(friendships, on=["user_id", "friend_id"]).empty
    champion = json.loads((experiment / "results/champion/champion.json").read_text())
    assert champion["model"] in ("bias", "boosted_trees", "edge_network")
    assert (
        json.loads((experiment / "results/champion/registered.json").read_text())["name"] == "lastfm_liking_generated"
    )


def test_who_reads_a_test_part(experiment):
    """By Snakemake's record. Training has the test pairs without their scores, and no more."""
    done = snakemake(experiment, "--detailed-summary", "results/leaderboard.csv")
    header, *rows = [line.split("\t") for line in done.stdout.splitlines() if line.count("\t") > 5]
    rule, inputs = header.index("rule"), header.index("input-file(s)")
    readers = {row[rule] for row in rows if re.search(r"strict_\d+/test\.parquet", row[inputs])}
    assert readers == {"evaluate_liking", "evaluate_ranking", "evaluate_friends"}
    queries = next((experiment / "results/splits/liking/strict_0").glob("queries.parquet"))
    assert pd.read_parquet(queries).columns.tolist() == ["user_id", "artist_id"]


def test_every_run_is_in_mlflow_under_its_model(experiment):
    client = MlflowClient(f"sqlite:///{experiment}/results/mlflow/mlflow.db")
    found = client.get_experiment_by_name("liking, side (generated data)")
    runs = client.search_runs([found.experiment_id])
    parents = {run.info.run_id for run in runs if run.data.tags["level"] == "model"}
    children = [run for run in runs if run.data.tags["level"] == "run"]
    assert len(parents) == len(children) == 4  # trees, network, ablation and blend
    assert all("test_mse" in run.data.metrics and run.data.tags["mlflow.parentRunId"] in parents for run in children)


def test_adding_a_model_runs_that_model_alone(experiment):
    config = experiment / "config/more.yaml"
    config.write_text(
        "leaderboard: {ranking: {models: {second: "
        "{file: ease, kind: rival, leagues: [listens], grid: {ridge: [5], damping: [0.25], popularity: [0.15]}}}}}\n"
    )
    done = snakemake(experiment, "--dry-run", "--configfile", "config/more.yaml", "--", "results/leaderboard.csv")
    jobs = re.findall(r"^(?:local)?rule (\w+):", done.stdout, re.MULTILINE)
    assert sorted(jobs) == ["evaluate_ranking", "make_leaderboard", "rank_listens", "track_league"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("{liking: {models: {new: {file: nosuch, kind: graph, leagues: [scores], grid: {}}}}}", "names no file"),
        ("{liking: {blend: [nosuch]}}", "blend names 'nosuch'"),
        ("{liking: {ablations: {without: {of: nosuch, settings: {}}}}}", "'nosuch', which is no model"),
        ("{ranking: {leagues: [scores]}}", "is not one of"),
        ("{liking: {models: {bias: {grid: {user_shrinkge: [1]}}}}}", "user_shrinkge"),
    ],
)
def test_mistyped_leaderboard_is_told(project, change, message):
    (project / "my.yaml").write_text(f"leaderboard: {change}\n")
    target = "results/runs/liking/scores/bias/strict_0/metrics.json"
    done = snakemake(project, "--cores=1", "--configfile", "my.yaml", "--", target)
    assert done.returncode != 0 and message in done.stdout
