"""Liking scores of the leaderboard: statistics by hand, no leak of targets, ids or other questions; the scripts."""

import json
from dataclasses import replace
from importlib import import_module

import numpy as np
import pandas as pd
import pytest
import torch

import blend_liking
import evaluate_liking
import make_splits
import predict_liking
from lastfm_gnn import tables
from lastfm_gnn.liking_context import Context, folds
from lastfm_gnn.liking_features import pair_features
from lastfm_gnn.liking_models import LikingProblem, restored
from lastfm_gnn.liking_side import SideContext
from lastfm_gnn.listen_data import ListenData, Pairs
from lastfm_gnn.program import InputError

NETWORK = {"hidden": 8, "dropout": 0.1, "steps": 20, "learning_rate": 0.01, "weight_decay": 0.01, "members": 2}
MODELS = {
    "bias": {"user_shrinkage": 1, "artist_shrinkage": 2},
    "matrix_factorisation": {"user_shrinkage": 1, "artist_shrinkage": 2, "dimensions": 2, "penalty": 1},
    "item_knn": {"user_shrinkage": 1, "artist_shrinkage": 2, "neighbours": 30, "shrinkage": 1},
    "boosted_trees": {"learning_rate": 0.1, "leaves": 4, "smallest_leaf": 10, "features": 0.5},
    "sage": NETWORK | {"width": 4, "rounds": 2},
    "gated_gcn": NETWORK | {"width": 4, "rounds": 1},
    "target_attention": NETWORK | {"heads": 2, "kernels": 0},
    "edge_network": NETWORK | {"width": 4, "rounds": 1, "heads": 2, "kernels": 1},
}


@pytest.fixture(scope="module")
def split(tiny_tables, tmp_path_factory):
    folder = tmp_path_factory.mktemp("split")
    listens = f"--listens={tiny_tables}/listens.parquet"
    make_splits.main([listens, "--protocol=strict", "--seed=0", f"--output-folder={folder}"])
    return folder


@pytest.fixture(scope="module")
def data(tiny_tables):
    return ListenData(tiny_tables / "users.parquet", tiny_tables / "artists.parquet", 0)


@pytest.fixture(scope="module", params=["scores", "side"])
def problem(request, data, tiny_tables, split):
    side = None
    if request.param == "side":
        side = data.side(tiny_tables / "friends.parquet", tiny_tables / "tag_assignments.parquet")
    train, valid = (data.pairs(pd.read_parquet(split / f"{part}.parquet")) for part in ("train", "valid"))
    return LikingProblem(len(data.users), len(data.artists), train, valid, side)


def fit(problem, model):
    return import_module(f"lastfm_gnn.liking_models.{model}").fit(problem, 0, **MODELS[model])


def test_statistics_of_a_user_and_an_artist_by_hand():
    edges = Pairs(np.array([0, 0, 0, 1]), np.array([0, 1, 2, 0]), np.array([1.0, 0.5, 0.2, 1.0]))
    context = Context.of(3, 4, edges, None)
    low_to_high = context.user_statistics[0, 3:11]  # seven quantiles, and the second largest
    assert low_to_high == pytest.approx([*np.quantile([0.2, 0.5, 1.0], (0, 0.1, 0.25, 0.5, 0.75, 0.9, 1)), 0.5])
    assert (context.user_statistics[2, 3:11] == context.mean).all()  # no known score
    assert context.artist_cosine[0, 1] == pytest.approx(1 / np.sqrt(2))  # two listeners, one of them shared
    assert context.place[np.lexsort((edges.artist, edges.user))][:3] == pytest.approx([5 / 6, 1 / 2, 1 / 6])
    assert context.user_cosine[0, 1] > 0 and context.user_cosine[0, 2] == 0


def test_folds_part_the_training_pairs_and_no_pair_tells_of_itself(problem):
    seen = []
    for known, hidden in folds(problem.train, 0):
        assert len(known) + len(hidden) == len(problem.train)
        assert not set(zip(known.user, known.artist, strict=True)) & set(zip(hidden.user, hidden.artist, strict=True))
        seen += zip(hidden.user, hidden.artist, strict=True)
    assert len(seen) == len(set(seen)) == len(problem.train)


def test_features_do_not_look_at_the_scores_that_are_asked_for(problem):
    known, hidden = next(folds(problem.train, 0))
    context = Context.of(problem.users, problem.artists, known, problem.side)
    side = SideContext(context) if problem.side else None
    unknown = Pairs(hidden.user, hidden.artist)
    for name in ("statistics", "propagated", "base", "spread"):
        found = getattr(pair_features(context, side, hidden), name)
        assert np.isfinite(found).all()
        np.testing.assert_array_equal(found, getattr(pair_features(context, side, unknown), name))


@pytest.mark.parametrize("model", MODELS)
def test_prediction_of_a_pair_is_its_own(problem, model, tmp_path):
    """Neither what else is asked, nor the order of the training pairs or of the question, changes it; nor saving."""
    fitted = fit(problem, model)
    asked = Pairs(problem.valid.user, problem.valid.artist)
    found = fitted.predict(asked)
    assert found.shape == (len(asked),) and np.isfinite(found).all()
    some = np.random.default_rng(0).permutation(len(asked))[:20]
    np.testing.assert_allclose(fitted.predict(asked.take(some)), found[some], atol=1e-5)
    saved = {"variant": model, "seed": 0, "settings": MODELS[model], "trained": fitted.trained}
    torch.save(saved, tmp_path / "model.pt")
    again = restored(torch.load(tmp_path / "model.pt", weights_only=True), replace(problem, valid=asked.take([0])))
    np.testing.assert_allclose(again.predict(asked), found, atol=1e-6)
    strangers = (problem.train.user != asked.user[0]) & (problem.train.artist != asked.artist[0])
    cold = restored(saved, replace(problem, train=problem.train.take(strangers)))
    np.testing.assert_allclose(cold.predict(asked.take([0])), cold.predict(asked)[:1], atol=1e-5)
    error = ((found - problem.valid.liking) ** 2).mean()
    assert error < 1.2 * ((problem.train.liking.mean() - problem.valid.liking) ** 2).mean()


@pytest.mark.parametrize("model", ["bias", "matrix_factorisation", "item_knn"])
def test_numbers_of_users_and_artists_mean_nothing(problem, model):
    random = np.random.default_rng(1)
    user, artist = random.permutation(problem.users), random.permutation(problem.artists)

    def renamed(pairs):
        return Pairs(user[pairs.user], artist[pairs.artist], pairs.liking)

    other = LikingProblem(problem.users, problem.artists, renamed(problem.train), renamed(problem.valid), None)
    same = fit(problem, model).predict(problem.valid)
    tolerance = 0.02 if model == "matrix_factorisation" else 1e-9  # its factors start from random numbers
    np.testing.assert_allclose(fit(other, model).predict(other.valid), same, atol=tolerance)


def test_seed_draws_the_numbers_and_close_ids_are_not_close_numbers(tiny_tables):
    numbers = []
    for seed in (0, 0, 1):
        data = ListenData(tiny_tables / "users.parquet", tiny_tables / "artists.parquet", seed)
        numbers.append(data.artists.numbers(np.sort(data.artists.ids)))
    assert (numbers[0] == numbers[1]).all() and (numbers[0] != numbers[2]).any()
    assert abs(np.corrcoef(numbers[0], np.arange(len(numbers[0])))[0, 1]) < 0.5
    with pytest.raises(InputError, match="artist 999999 is in no table"):
        data.artists.numbers(np.array([999_999]))


def test_scripts_from_split_to_blend(tiny_tables, split, tmp_path):
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
    assert record["settings"]["league"] == "side" and len(pd.read_csv(folder / "history.csv")) == 1  # of 20 steps
    blend_liking.main(
        [
            f"--valid={split}/valid.parquet",
            *("--models", "bias", "edge_network", "--scores", *map(str, scores)),
            *("--league=side", f"--output-folder={tmp_path}/blend"),
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
    # cut: a score that is missing is told
    lacking = pd.read_parquet(tmp_path / "blend/scores.parquet").query("part == 'valid'")
    tables.write(tmp_path / "cut.parquet", lacking, tables.SCORES)
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
    found = evaluate_liking.of_users(rows).set_index("user_id")
    assert found.spearman[1] == pytest.approx(0.5)
    assert found.spearman[[2, 3]].isna().all()  # nothing to rank
    assert found["count"].tolist() == [3, 2, 1] and found.mae[3] == 0.5


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
