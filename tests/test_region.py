"""Regions of users: folds, label models, scores and their summary, by hand and against scikit-learn."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold

import classify_users
import embed_friends
import evaluate_regions
import make_folds
import summarise_cv
from lastfm_gnn import tables
from lastfm_gnn.folds import FOLDS, user_split
from lastfm_gnn.friendships import FriendGraph, one_hot
from lastfm_gnn.region_metrics import region_scores
from lastfm_gnn.region_models import correct_and_smooth, label_propagation, majority, neighbour_vote


def friends(*pairs):
    return pd.DataFrame(pairs, columns=["user_id", "friend_id"])


# a path 0 - 1 - 2 - 3
PATH = FriendGraph(np.arange(4), friends((0, 1), (1, 2), (2, 3)))


def test_folds_are_the_published_ones_and_validation_is_apart():
    expected = [test for _, test in KFold(5, shuffle=True, random_state=42).split(np.arange(7624))]
    for fold, test in zip(FOLDS, expected, strict=False):
        parts = user_split(7624, fold)
        assert parts["test"].tolist() == test.tolist()
        assert sorted(np.concatenate(list(parts.values()))) == list(range(7624))
        assert len(parts["valid"]) == pytest.approx(762, abs=1)
    single = user_split(7624, "single")
    assert [len(part) for part in single.values()] == [4574, 1525, 1525]
    assert len(set(np.concatenate(list(single.values())))) == 7624


def test_graph_by_hand():
    assert PATH.adjacency.toarray().tolist() == [[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]]
    assert PATH.degree.tolist() == [1, 2, 2, 1]
    assert PATH.symmetric.toarray()[0, 1] == pytest.approx(2**-0.5)
    assert PATH.symmetric.toarray()[1, 2] == pytest.approx(0.5)
    alone = FriendGraph(np.array([3, 5, 9]), friends((3, 9)))
    assert alone.degree.tolist() == [1, 0, 1]
    assert np.isfinite(alone.symmetric.toarray()).all()


def test_propagation_is_the_closed_form():
    start = one_hot(np.array([0, -1, -1, 1]), 2)
    exact = 0.2 * np.linalg.solve(np.eye(4) - 0.8 * PATH.symmetric.toarray(), start)
    assert PATH.propagate(start, 0.8, rounds=200) == pytest.approx(exact)


def test_baselines_by_hand():
    labels = np.array([1, -1, 0, 0])
    assert majority.scores(PATH, None, labels, 3).tolist() == [[0.5, 0.25, 0]] * 4
    # user 1 has a friend of each region: the larger one wins; user 3's friend is of region 0
    assert neighbour_vote.scores(PATH, None, labels, 3).argmax(1).tolist() == [0, 0, 0, 0]
    assert neighbour_vote.scores(PATH, None, np.array([1, -1, 1, 0]), 3).argmax(1).tolist() == [1, 1, 0, 1]
    assert label_propagation.scores(PATH, None, np.array([1, -1, -1, 0]), 2, alpha=0.5).argmax(1).tolist() == [
        1,
        1,
        0,
        0,
    ]


def test_a_region_that_no_label_names_scores_nothing():
    labels = np.array([1, -1, 0, 0])
    embedding = np.random.default_rng(0).normal(size=(4, 2))
    found = correct_and_smooth.scores(PATH, embedding, labels, 3, 1.0, 0.5, 1.0, 0.5)
    assert found.shape == (4, 3) and np.isfinite(found).all()
    assert found[:, 2].tolist() == [0] * 4  # a region that no label names


def test_scores_by_hand():
    found = region_scores(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 1]))
    assert found["accuracy"] == 0.5
    assert found["macro_f1"] == pytest.approx((2 / 3 + 1 / 2) / 18)


def test_mcnemar_by_hand():
    right = pd.Series([True] * 5 + [False] * 1 + [True] * 4)
    other = pd.Series([False] * 5 + [True] * 1 + [True] * 4)
    assert summarise_cv.mcnemar(right, other) == pytest.approx(2 * (1 + 6) / 2**6)  # 5 of 6, two-sided
    assert summarise_cv.mcnemar(right, right) == 1


def test_netmf_tells_two_cliques_apart():
    pairs = [(a + base, b + base) for base in (0, 5) for a in range(5) for b in range(a)]
    graph = FriendGraph(np.arange(10), friends(*[(min(p), max(p)) for p in [*pairs, (4, 5)]]))
    found = embed_friends.netmf(graph, window=3, dimensions=2)
    assert found.shape == (10, 2)
    same = found @ found.T
    assert same[:5, :5].mean() > 2 * abs(same[:5, 5:].mean())


@pytest.fixture
def asia(tmp_path):
    """Tables of 120 users in three regions, friends mostly within them."""
    random = np.random.default_rng(0)
    region = random.integers(0, 3, 120)
    pairs = {tuple(sorted(pair)) for pair in random.integers(0, 120, (1500, 2)).tolist() if pair[0] != pair[1]}
    kept = [pair for pair in sorted(pairs) if region[pair[0]] == region[pair[1]] or random.random() < 0.1]
    users = pd.DataFrame({"user_id": range(120), "region": region, "list_known": False})
    tables.write(tmp_path / "users.parquet", users, tables.ASIA_USERS)
    tables.write(tmp_path / "friendships.parquet", friends(*kept), tables.FRIENDSHIPS)
    return tmp_path


def test_from_tables_to_summary(asia):
    shared = [f"--users={asia}/users.parquet", f"--friendships={asia}/friendships.parquet"]
    embed_friends.main([*shared, "--dimensions=8", f"--output={asia}/netmf.npy"])
    grids = {
        "majority": {},
        "label_propagation": {"alpha": [0.2, 0.7]},
        "correct_and_smooth": {"inverse_penalty": [0.1], "alpha_correct": [0.5], "scale": [1], "alpha_smooth": [0.5]},
    }
    for fold in FOLDS[:5]:
        split = asia / "splits" / fold
        make_folds.main([f"--users={asia}/users.parquet", f"--split={fold}", f"--output-folder={split}"])
        for model, grid in grids.items():
            run = asia / "runs" / model / fold
            classify_users.main(
                [
                    *shared,
                    f"--embedding={asia}/netmf.npy",
                    f"--train={split}/train.parquet",
                    f"--valid={split}/valid.parquet",
                    f"--model={model}",
                    f"--grid={json.dumps(grid)}",
                    f"--output-folder={run}",
                ]
            )
            evaluate_regions.main(
                [
                    *shared,
                    f"--scores={run}/scores.npy",
                    f"--test={split}/test.parquet",
                    "--title=a test",
                    f"--output-folder={run}",
                ]
            )
    summarise_cv.main(
        [
            f"--runs={asia / 'runs'}",
            "--models",
            *grids,
            "--baselines",
            "majority",
            "label_propagation",
            f"--output={asia}/cv_summary.csv",
        ]
    )
    table = pd.read_csv(asia / "cv_summary.csv")
    assert list(table) == [
        "task",
        "features",
        "model",
        "protocol",
        "metric",
        "paper",
        "fold0",
        "fold1",
        "fold2",
        "fold3",
        "fold4",
        "mean",
        "sd",
        "best_baseline",
        "difference",
        "p_value",
    ]
    accuracy = table[table.metric == "accuracy"].set_index("model")
    folds = accuracy[[f"fold{fold}" for fold in range(5)]]
    assert accuracy["mean"].to_numpy() == pytest.approx(folds.mean(axis=1), abs=1e-5)
    assert accuracy["sd"].to_numpy() == pytest.approx(folds.std(axis=1, ddof=1), abs=1e-5)
    assert accuracy.loc["label_propagation", "mean"] > accuracy.loc["majority", "mean"] + 0.3
    assert accuracy.loc["majority", "p_value"] < 1e-6
    assert accuracy.best_baseline.to_dict() == {
        "majority": "label_propagation",
        "label_propagation": "majority",
        "correct_and_smooth": "label_propagation",
    }
    assert table[table.metric == "macro_f1"].p_value.isna().all()
    rows = pd.read_parquet(asia / "runs/label_propagation/fold_0/predictions.parquet")
    metrics = json.loads((asia / "runs/label_propagation/fold_0/metrics.json").read_text())
    assert metrics["accuracy"] == pytest.approx((rows.region == rows.predicted).mean())
    trials = pd.read_csv(asia / "runs/label_propagation/fold_0/trials.csv")
    run = json.loads((asia / "runs/label_propagation/fold_0/run.json").read_text())
    assert run["settings"]["alpha"] == trials.alpha[trials.valid_accuracy.idxmax()]
