"""The scripts from splits to scores of users."""

import json

import numpy as np
import pandas as pd
import pytest

import blend_liking
import evaluate_liking
import make_splits
import predict_liking
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.data.listens import ListenData
from tiny_problem import MODELS


def test_seed_draws_the_numbers_and_close_ids_are_not_close_numbers(tiny_tables):
    numbers = []
    for seed in (0, 0, 1):
        data = ListenData(tiny_tables / "users.parquet", tiny_tables / "artists.parquet", seed)
        numbers.append(data.artists.numbers(np.sort(data.artists.ids)))
    assert (numbers[0] == numbers[1]).all() and (numbers[0] != numbers[2]).any()
    assert abs(np.corrcoef(numbers[0], np.arange(len(numbers[0])))[0, 1]) < 0.5
    with pytest.raises(InputError, match="artist 999999 is in no table"):
        data.artists.numbers(np.array([999_999]))


def test_scripts_from_split_to_blend(tiny_tables, tmp_path):
    split = tmp_path / "split"
    listens = f"--listens={tiny_tables}/listens.parquet"
    make_splits.main([listens, "--protocol=strict", "--seed=0", f"--output-folder={split}"])
    shared = [f"--{name}={split}/{name}.parquet" for name in ("train", "valid", "queries")]
    shared += [f"--{name}={tiny_tables}/{name}.parquet" for name in ("users", "artists")]
    side = [f"--friends={tiny_tables}/friends.parquet", f"--tag-assignments={tiny_tables}/tag_assignments.parquet"]
    scores = []
    for model, grid in (
        ("bias", {"user_shrinkage": [1, 3], "artist_shrinkage": [2]}),
        ("edge_network", {name: [value] for name, value in MODELS["edge_network"].items()}),
    ):
        folder = tmp_path / model
        options = [f"--model={model}", f"--grid={json.dumps(grid)}", "--seed=0", f"--output-folder={folder}"]
        predict_liking.main([*shared, *(side if model == "edge_network" else []), *options])
        scores.append(folder / "scores.parquet")
        record = json.loads((folder / "run.json").read_text())
        assert record["valid"]["mse"] == pytest.approx(pd.read_csv(folder / "trials.csv").valid_mse.min())
    assert record["identity"]["league"] == "side" and len(pd.read_csv(folder / "history.csv")) == 1  # of 20 steps
    blend_liking.main(
        [
            f"--valid={split}/valid.parquet",
            *("--models", "bias", "edge_network", "--scores", *map(str, scores)),
            f"--output-folder={tmp_path}/blend",
        ]
    )
    run = json.loads((tmp_path / "blend/run.json").read_text())
    singles = [json.loads((path.parent / "run.json").read_text())["valid"]["mse"] for path in scores]
    assert run["valid"]["mse"] <= min(singles) + 1e-12
    assert run["settings"]["members"] == 1 + MODELS["edge_network"]["members"]
    evaluate_liking.main(
        [
            f"--scores={tmp_path}/blend/scores.parquet",
            f"--listens={tiny_tables}/listens.parquet",
            *(f"--{part}={split}/{part}.parquet" for part in ("train", "test")),
            f"--output-folder={tmp_path}/blend",
        ]
    )
    rows = pd.read_parquet(tmp_path / "blend/predictions.parquet")
    metrics = json.loads((tmp_path / "blend/metrics.json").read_text())
    users = pd.read_parquet(tmp_path / "blend/users.parquet")
    assert len(rows) == metrics["pairs"] == users["count"].sum() == 60
    assert metrics["mse"] == pytest.approx(((rows.predicted - rows.liking) ** 2).mean())
    assert metrics["mse"] == pytest.approx((users.mse * users["count"]).sum() / 60)
    # cut: a missing score is an error
    lacking = pd.read_parquet(tmp_path / "blend/scores.parquet").query("part == 'valid'")
    tables.write(tmp_path / "cut.parquet", lacking, tables.SCORES, "generated")
    with pytest.raises(InputError, match="no finite score of user"):
        evaluate_liking.main(
            [
                f"--scores={tmp_path}/cut.parquet",
                f"--listens={tiny_tables}/listens.parquet",
                *(f"--{part}={split}/{part}.parquet" for part in ("train", "test")),
                f"--output-folder={tmp_path}/cut",
            ]
        )


def test_spearman_within_users_by_hand():
    rows = pd.DataFrame(
        {
            "user_id": [1, 1, 1, 2, 2, 3],
            "liking": [0.1, 0.5, 0.9, 0.2, 0.2, 1.0],
            "predicted": [0.2, 0.1, 0.7, 0.1, 0.3, 0.5],
        }
    )
    users = evaluate_liking.of_users(rows).set_index("user_id")
    assert users.spearman[1] == pytest.approx(0.5)
    assert users.spearman[[2, 3]].isna().all()  # nothing to rank
    assert users["count"].tolist() == [3, 2, 1] and users.mae[3] == 0.5


def test_train_normaliser_knows_training_scores_alone(tiny_tables, tmp_path):
    for normaliser in ("all", "train"):
        make_splits.main(
            [
                f"--listens={tiny_tables}/listens.parquet",
                *("--protocol=strict", "--seed=0", f"--normaliser={normaliser}"),
                f"--output-folder={tmp_path}/{normaliser}",
            ]
        )
    pair = ["user_id", "artist_id"]
    for part in ("train", "valid", "test"):
        of_all, of_train = (pd.read_parquet(tmp_path / name / f"{part}.parquet") for name in ("all", "train"))
        assert of_all[pair].equals(of_train[pair])
        if part == "train":
            largest = of_all.groupby("user_id").liking.max()
            assert (of_train.groupby("user_id").liking.max() == 1).all()
        expected = of_all.liking / of_all.user_id.map(largest)
        known = expected.notna()
        np.testing.assert_allclose(of_train.liking[known], expected[known])
    assert pd.read_parquet(tmp_path / "train/test.parquet").liking.max() > 1
