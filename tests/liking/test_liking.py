"""Liking scores of the leaderboard: statistics by hand, no leak of targets, ids or other questions; the scripts."""

import json
from dataclasses import replace
from importlib import import_module
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import blend_liking
import evaluate_liking
import make_splits
import predict_liking
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.data.listens import ListenData, Pairs, ScoredPairs
from lastfm_gnn.liking.context import Context, folds, largest
from lastfm_gnn.liking.features import pair_features, user_neighbours
from lastfm_gnn.liking.listen_graph import values_at
from lastfm_gnn.liking.models.edge_network import PairAttention, apply_to_edges
from lastfm_gnn.liking.models.factorisation_machine import Machine, groups, matrices
from lastfm_gnn.liking.networks import BatchMaker, batches_of, mlp, nearest
from lastfm_gnn.liking.problem import LikingProblem, restored
from lastfm_gnn.liking.side import SideContext
from lastfm_gnn.liking.trees import rows_of

NETWORK = {"hidden": 8, "dropout": 0.1, "steps": 20, "learning_rate": 0.01, "weight_decay": 0.01, "members": 2}
MODELS = {
    "bias": {"user_shrinkage": 1, "artist_shrinkage": 2},
    "matrix_factorisation": {"user_shrinkage": 1, "artist_shrinkage": 2, "dimensions": 2, "penalty": 1},
    "item_knn": {"user_shrinkage": 1, "artist_shrinkage": 2, "neighbours": 30, "shrinkage": 1},
    "factorisation_machine": {
        **{"dimensions": 2, "bias_penalty": 2, "penalty": 2, "learning_rate": 0.02, "steps": 60, "members": 2}
    },
    "boosted_trees": {"learning_rate": 0.1, "leaves": 4, "smallest_leaf": 10, "features": 0.5, "members": 2},
    "catboost": {"learning_rate": 0.1, "depth": 2, "penalty": 3, "features": 0.5, "members": 2},
    "sage": NETWORK | {"width": 4, "rounds": 2, "kernels": 1},
    "gated_gcn": NETWORK | {"width": 4, "rounds": 1, "kernels": 1},
    "table1_augmentation": {
        **{"hidden": 4, "epochs": 3, "batch_size": 64, "learning_rate": 0.01, "weight_decay": 0.01, "decay": 0.9},
        "members": 2,
    },
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
    train, valid = (data.scored_pairs(pd.read_parquet(split / f"{part}.parquet")) for part in ("train", "valid"))
    return LikingProblem(len(data.users), len(data.artists), train, valid, side)


def fit(problem, model):
    module = import_module(f"lastfm_gnn.liking.models.{model}")
    return module.fit(problem, module.Settings(**MODELS[model]), 0)


def test_statistics_of_a_user_and_an_artist_by_hand():
    edges = ScoredPairs(np.array([0, 0, 0, 1]), np.array([0, 1, 2, 0]), np.array([1.0, 0.5, 0.2, 1.0]))
    context = Context.build(3, 4, edges, None)
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
    context = Context.build(problem.users, problem.artists, known, problem.side)
    unknown = Pairs(hidden.user, hidden.artist)
    for name in ("statistics", "propagated", "base", "spread"):
        values = getattr(pair_features(context, hidden), name)
        assert np.isfinite(values).all()
        np.testing.assert_array_equal(values, getattr(pair_features(context, unknown), name))


@pytest.mark.parametrize("model", MODELS)
def test_prediction_of_a_pair_is_its_own(problem, model, tmp_path):
    """Neither what else is asked, nor the order of the training pairs or of the question, changes it; nor saving."""
    fitted = fit(problem, model)
    pairs = Pairs(problem.valid.user, problem.valid.artist)
    predicted = fitted.predict(pairs)
    assert predicted.shape == (len(pairs),) and np.isfinite(predicted).all()
    some = np.random.default_rng(0).permutation(len(pairs))[:20]
    np.testing.assert_allclose(fitted.predict(pairs.take(some)), predicted[some], atol=1e-5)
    saved = {"variant": model, "seed": 0, "settings": MODELS[model], "trained": fitted.trained}
    torch.save(saved, tmp_path / "model.pt")
    again = restored(torch.load(tmp_path / "model.pt", weights_only=True), replace(problem, valid=None))
    np.testing.assert_allclose(again.predict(pairs), predicted, atol=1e-6)
    strangers = (problem.train.user != pairs.user[0]) & (problem.train.artist != pairs.artist[0])
    cold = restored(saved, replace(problem, train=problem.train.take(strangers)))
    np.testing.assert_allclose(cold.predict(pairs.take([0])), cold.predict(pairs)[:1], atol=1e-5)
    error = ((predicted - problem.valid.liking) ** 2).mean()
    assert error < 1.2 * ((problem.train.liking.mean() - problem.valid.liking) ** 2).mean()


@pytest.mark.parametrize("model", ["bias", "matrix_factorisation", "item_knn", "factorisation_machine"])
def test_numbers_of_users_and_artists_mean_nothing(problem, model):
    random = np.random.default_rng(1)
    user, artist = random.permutation(problem.users), random.permutation(problem.artists)

    def renamed(pairs):
        return ScoredPairs(user[pairs.user], artist[pairs.artist], pairs.liking)

    other = LikingProblem(problem.users, problem.artists, renamed(problem.train), renamed(problem.valid), None)
    same = fit(replace(problem, side=None), model).predict(problem.valid)
    random_starts = model in ("matrix_factorisation", "factorisation_machine")
    tolerance = 0.02 if random_starts else 1e-9
    np.testing.assert_allclose(fit(other, model).predict(other.valid), same, atol=tolerance)


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(-3, 3)), max_size=60),
    st.integers(1, 5),
)
def test_largest_of_each_group_is_what_a_sort_gives(rows, count):
    rows = sorted(rows, key=lambda row: row[0])
    group, values = (np.array([row[k] for row in rows], dtype=np.int64) for k in (0, 1))
    expected = []
    for number in range(5):
        places = [place for place, row in enumerate(rows) if row[0] == number]
        expected += sorted(
            sorted(places, key=lambda place: -rows[place][1])[:count]
        )  # a stable sort: first of equals
    assert largest(values.astype(np.float32), group, count).tolist() == expected


def test_similarities_are_dot_products_and_entries(problem):
    """Looked up in tables of all users; here each from its own two rows."""
    known, hidden = next(folds(problem.train, 0))
    context = Context.build(problem.users, problem.artists, known, problem.side)
    side = SideContext(context, problem.side) if problem.side else None
    near = pair_features(context, hidden).of_artist
    here, there = hidden.user[near.pair], context.edges.user[near.edge]
    vectors, _ = context.embeddings
    expected = {
        "spectral": (vectors[here] * vectors[there]).sum(1),
        "cosine": context.user_cosine[here, there],
        "two_steps": context.user_two_steps[here, there],
    }
    if side:
        profile, _ = side.profiles
        expected["profile"] = (profile[here] * profile[there]).sum(1)
        expected["friend"] = values_at(problem.side.friends, here, there)
    for name, values in expected.items():
        np.testing.assert_allclose(near.features[name], values, atol=1e-6)


def test_settings_that_are_tried_share_their_features(problem):
    """Batches and rows of a problem are computed once, whatever the settings; another problem has its own."""
    for cached, rest in ((batches_of, (0, True)), (rows_of, (range(2),))):
        first = cached(problem, *rest)
        assert cached(problem, *rest) is first
        assert cached(replace(problem), *rest) is not first


def ends(problem):
    """Users and artists of the training pairs in the order of a batch's edges."""
    order = np.lexsort((problem.train.artist, problem.train.user))
    return problem.train.user[order], problem.train.artist[order]


def test_means_of_a_batch_are_those_of_each_nodes_edges(problem):
    batch = BatchMaker(problem, False, {}).batch(problem.train, problem.valid)
    values = torch.randn(len(problem.train), 2)
    for nodes, means in zip(ends(problem), batch.means(values), strict=True):
        expected = torch.zeros_like(means)
        for node in np.unique(nodes):
            expected[node] = values[nodes == node].mean(0)
        torch.testing.assert_close(means, expected)


def test_attention_by_hand(problem):
    """Weights exp(MLP) of each place, a silent neighbour of weight 1, and the log of the sum."""
    batch = BatchMaker(problem, True, {}).batch(problem.train, problem.valid)
    context = Context.build(problem.users, problem.artists, problem.train, problem.side)
    near = user_neighbours(context, SideContext(context, problem.side) if problem.side else None, problem.valid)
    kept = nearest(near)
    torch.manual_seed(0)
    attention = PairAttention(batch.of_user.features.shape[1], batch.edge_features.shape[1], 1, 3)
    with torch.no_grad():
        output = attention(batch.of_user, batch.edge_features)
        weights = attention.logits(batch.of_user.features)[:, 0].exp()
        values = attention.value(batch.edge_features)[near.edge[kept], 0]
    for pair in range(len(problem.valid)):
        here = near.pair[kept] == pair
        total = weights[here].sum() + 1
        expected = torch.stack([(weights * values)[here].sum() / total, total.log()])
        torch.testing.assert_close(output[pair], expected)


def test_layers_of_edges_are_those_of_the_joined_parts(problem):
    """Quicker, part by part, but the same layers of [edge ‖ its user ‖ its artist]."""
    inputs = BatchMaker(problem, False, {})
    batch = inputs.batch(problem.train, problem.valid)
    layers = mlp(batch.edge_features.shape[1] + batch.users.shape[1] + batch.artists.shape[1], 8, 3)
    user, artist = ends(problem)
    joined = torch.cat([batch.edge_features, batch.users[user], batch.artists[artist]], 1)
    output = apply_to_edges(layers, batch, batch.edge_features, batch.users, batch.artists)
    torch.testing.assert_close(output, layers(joined), atol=1e-5, rtol=1e-5)


def test_factorisation_machine_by_hand(problem):
    """Its quick sum is the sum over pairs of features of the dot products, times the values (Rendle, 2010, eq. 1)."""
    torch.manual_seed(0)
    pairs = problem.valid.take(np.arange(5))
    rows = [group.toarray() for group in groups(problem, pairs)]
    assert all(row.sum() == pytest.approx(1) for row in (*rows[0], *rows[1]))  # a user and an artist, no number
    machine = Machine([row.shape[1] for row in rows], 2, 0.3)
    with torch.no_grad():
        for table in machine.tables:
            table.normal_()
        predicted = machine(*matrices(problem, pairs)).numpy()
    values, tables = np.concatenate(rows, 1), np.concatenate([table.detach().numpy() for table in machine.tables])
    for pair in range(5):
        used = np.flatnonzero(values[pair])
        expected = 0.3 + values[pair, used] @ tables[used, 0]
        for i, j in combinations(used, 2):
            expected += tables[i, 1:] @ tables[j, 1:] * values[pair, i] * values[pair, j]
        assert predicted[pair] == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_factorisation_machine_splits_its_features_evenly(problem):
    for group in list(groups(problem, problem.valid))[2:]:
        total = group.sum(1)
        assert np.all(np.isclose(total, 1) | (total == 0))
    if problem.side:
        _, _, tags, friends = groups(problem, problem.valid)
        side = problem.side
        for row in range(20):
            user, artist = problem.valid.user[row], problem.valid.artist[row]
            given_tags = set(side.tag[(side.tag_user == user) & (side.tag_artist == artist)])
            assert set(tags[[row]].indices) == given_tags
            assert set(friends[[row]].indices) == set(side.friends[[user]].indices)


@pytest.mark.parametrize(
    ("model", "members"),
    [("boosted_trees", "trees"), ("catboost", "trees"), ("factorisation_machine", "machines"), ("sage", "networks")],
)
def test_members_are_averaged_and_differ(problem, model, members):
    module = import_module(f"lastfm_gnn.liking.models.{model}")
    settings = module.Settings(**MODELS[model])
    both = module.fit(problem, settings, 0)
    ones = [
        module.fit(problem, settings, 0, trained=both.trained | {members: [one]}).predict(problem.valid)
        for one in both.trained[members]
    ]
    assert np.abs(ones[0] - ones[1]).max() > 1e-6
    np.testing.assert_allclose(both.predict(problem.valid), np.mean(ones, axis=0), atol=1e-6)


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
    # cut: a score that is missing is told
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
