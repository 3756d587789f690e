"""Models of regions on small graphs, by hand."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import torch

import embed_friends
from lastfm_gnn.asia.problems import RegionProblem
from lastfm_gnn.asia.region_models import (
    correct_and_smooth,
    hop_attention,
    label_network,
    label_propagation,
    majority,
    neighbour_vote,
    own_list,
)
from lastfm_gnn.core.sparse import SparseMatrix
from lastfm_gnn.data.friendships import FriendGraph, one_hot


def friends(*pairs):
    return pd.DataFrame(pairs, columns=["user_id", "friend_id"])


# a path 0 - 1 - 2 - 3
PATH = FriendGraph(np.arange(4), friends((0, 1), (1, 2), (2, 3)))
EMBEDDING = np.random.default_rng(0).normal(size=(4, 2)).astype(np.float32)
LIKES = sp.csr_array(np.array([[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 0, 0], [0, 0, 0, 0]], dtype=np.float32))


def scores(model, labels, classes, **settings):
    """Of a model on the path, (4, classes)."""
    return model.fit(RegionProblem(PATH, EMBEDDING, np.array(labels), classes, LIKES), model.Settings(**settings), 0)


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
    labels = [1, -1, 0, 0]
    assert scores(majority, labels, 3).tolist() == [[0.5, 0.25, 0]] * 4
    # user 1 has a friend of each region: the larger one wins; user 3's friend is of region 0
    assert scores(neighbour_vote, labels, 3).argmax(1).tolist() == [0, 0, 0, 0]
    assert scores(neighbour_vote, [1, -1, 1, 0], 3).argmax(1).tolist() == [1, 1, 0, 1]
    assert scores(label_propagation, [1, -1, -1, 0], 2, alpha=0.5).argmax(1).tolist() == [1, 1, 0, 0]


def test_a_region_that_no_label_names_scores_nothing():
    settings = {"inverse_penalty": 1.0, "alpha_correct": 0.5, "scale": 1.0, "alpha_smooth": 0.5}
    scored = scores(correct_and_smooth, [1, -1, 0, 0], 3, **settings)
    assert scored.shape == (4, 3) and np.isfinite(scored).all()
    assert scored[:, 2].tolist() == [0] * 4


def test_label_networks_near_labels_are_the_friends_alone():
    symmetric = PATH.symmetric.toarray()
    shown = torch.eye(4)  # every user is a region of their own
    near, _ = (labels.numpy() for labels in label_network.near_and_far(SparseMatrix(PATH.symmetric), shown))
    assert near == pytest.approx(symmetric / (symmetric.sum(1, keepdims=True) + 1e-3), abs=1e-6)
    assert near.diagonal().tolist() == [0] * 4


LEARNED = {"hidden": 8, "dropout": 0.1, "learning_rate": 0.01, "weight_decay": 0.0, "epochs": 50, "members": 2}


@pytest.mark.parametrize(("model", "steps"), [(label_network, {"steps": 2}), (hop_attention, {"hops": 2})])
@pytest.mark.parametrize("lists", [False, True])
def test_graph_networks_learn_two_cliques(model, steps, lists):
    pairs = [(a + base, b + base) for base in (0, 8) for a in range(8) for b in range(a)]
    graph = FriendGraph(np.arange(16), friends(*[(min(pair), max(pair)) for pair in [*pairs, (7, 8)]]))
    random = np.random.default_rng(0)
    likes = sp.csr_array((random.random((16, 6)) < 0.5).astype(np.float32)) if lists else None
    embedding = random.normal(size=(16, 3)).astype(np.float32)
    labels = np.array([0] * 8 + [1] * 8)
    labels[[0, 5, 9, 12]] = -1
    scored = model.fit(RegionProblem(graph, embedding, labels, 2, likes), model.Settings(**steps, **LEARNED), 0)
    assert scored.sum(1) == pytest.approx(np.ones(16))
    assert scored.argmax(1).tolist() == [0] * 8 + [1] * 8


@pytest.mark.parametrize("model", [label_network, hop_attention, own_list])
def test_fits_that_share_work_are_those_alone(model):
    random = np.random.default_rng(0)
    pairs = {tuple(sorted(pair)) for pair in random.integers(0, 20, (60, 2)).tolist() if pair[0] != pair[1]}
    graph = FriendGraph(np.arange(20), friends(*pairs))
    likes = sp.csr_array((random.random((20, 9)) < 0.5).astype(np.float32))
    embedding = random.normal(size=(20, 3)).astype(np.float32)
    problems = []
    for unknown in (3, 3, 4, 3):  # as many labels, or not
        labels = random.integers(0, 2, 20)
        labels[random.choice(20, unknown, replace=False)] = -1
        problems.append(RegionProblem(graph, embedding, labels, 2, likes))
    if model is own_list:
        candidates = [own_list.Settings(size, penalty) for size in (2, 3) for penalty in (0.1, 1.0)]
    else:
        steps = "steps" if model is label_network else "hops"
        learned = {"weight_decay": 0.01, "epochs": 3, "members": 2}
        candidates = [
            model.Settings(**learned, **{steps: count}, hidden=hidden, dropout=dropout, learning_rate=rate)
            for count, hidden in ((2, 4), (3, 4), (2, 5))
            for dropout in (0, 0.3, 0.6)
            for rate in (0.01, 0.1)
        ]
    together = model.fit_many(problems, candidates, 1)
    for problem, row in zip(problems, together, strict=True):
        for settings, scored in zip(candidates, row, strict=True):
            assert np.array_equal(scored, model.fit(problem, settings, 1)), settings


def test_hops_are_powers_of_the_graph():
    start = torch.from_numpy(EMBEDDING)
    steps = hop_attention.steps_of(SparseMatrix(PATH.symmetric), start, 2).numpy()
    dense = PATH.symmetric.toarray()
    for k in range(3):
        assert steps[k] == pytest.approx(np.linalg.matrix_power(dense, k) @ EMBEDDING, abs=1e-6)


def test_hop_attention_sees_lists_where_they_are_known_alone():
    labels = np.full(4, -1)
    known = hop_attention.user_features(RegionProblem(PATH, EMBEDDING, labels, 2, LIKES))
    without = hop_attention.user_features(RegionProblem(PATH, EMBEDDING, labels, 2))
    assert known[:, :2] == pytest.approx(without)
    assert np.abs(known[:3, 2:]).sum(1).min() > 0 and known[3, 2:].tolist() == [0] * hop_attention.LIST_DIRECTIONS


def test_own_list_decides_where_there_is_one():
    scored = scores(own_list, [0, 1, -1, 1], 3, dimensions=2, inverse_penalty=1.0)
    assert scored.sum(1) == pytest.approx(np.ones(4))
    assert scored.argmax(1)[:3].tolist() == [0, 1, 0]
    assert scored[3] == pytest.approx([1 / 3] * 3, abs=1e-6)  # no list says nothing
    assert scored[3].argmax() == 1  # but the more frequent region is ahead


def test_netmf_tells_two_cliques_apart():
    pairs = [(a + base, b + base) for base in (0, 5) for a in range(5) for b in range(a)]
    graph = FriendGraph(np.arange(10), friends(*[(min(p), max(p)) for p in [*pairs, (4, 5)]]))
    embedding = embed_friends.netmf(graph, window=3, dimensions=2)
    assert embedding.shape == (10, 2)
    same = embedding @ embedding.T
    assert same[:5, :5].mean() > 2 * abs(same[:5, 5:].mean())
