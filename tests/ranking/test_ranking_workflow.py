"""Rankers that learn from the same lists: one job makes these, and what is ranked is as without it."""

import json
import shutil

import pandas as pd

import rank_listens
from conftest import jobs, snakemake

GRID = {
    **{"candidates": [15], "folds": [2], "hidden": [4], "dropout": [0.1], "learning_rate": [0.01]},
    **{"weight_decay": [0.01], "epochs": [2], "members": [1]},
}
MODELS = {"rival_ranker": ["listens", "friends"], "mixed_ranker": ["listens"]}


def test_rankers_of_a_seed_read_the_lists_of_one_job(tiny_tables, project):
    made = shutil.copytree(tiny_tables, project / "results/tables/hetrec")
    models = {
        name: {"file": name, "kind": "second_stage", "leagues": leagues, "grid": GRID}
        for name, leagues in MODELS.items()
    }
    (project / "rankers.yaml").write_text(json.dumps({"leaderboard": {"ranking": {"models": models}}}))
    runs = [f"{league}/{name}/strict_0" for name, leagues in MODELS.items() for league in leagues]
    targets = [f"results/runs/ranking/{run}/run.json" for run in runs]
    options = ["--configfile", "rankers.yaml", "--", *targets]
    (lists,) = jobs(project, *options)["describe_lists"]
    folder = "results/features/ranking/strict_0/15_2"
    assert lists == f"{folder}/listens.npz, {folder}/friends.npz"
    done = snakemake(project, "--cores=2", *options)
    assert done.returncode == 0, done.stdout
    assert not list(project.glob(f"{folder}/*.npz")), "they are large, and nobody needs them any more"

    split = project / "results/splits/ranking/strict_0"
    shared = [f"--{name}={made}/{name}.parquet" for name in ("users", "artists", "friends")]
    shared += [f"--tag-assignments={made}/tag_assignments.parquet", "--seed=0", f"--grid={json.dumps(GRID)}"]
    shared += [f"--{part}={split}/{part}.parquet" for part in ("train", "valid")]
    for run in runs:
        league, model, _ = run.split("/")
        alone = project / "alone" / run
        rank_listens.main([*shared, f"--league={league}", f"--model={model}", f"--output-folder={alone}"])
        best, best_alone = (
            pd.read_parquet(path / "best.parquet") for path in (project / "results/runs/ranking" / run, alone)
        )
        assert best.artists.map(list).equals(best_alone.artists.map(list))
