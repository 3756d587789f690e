"""Networks of users: blocks against the whole graph, gradients against dense ones, and what is hidden."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lastfm_gnn.asia.networks import FriendAttention, UserInputs, UserNetwork, blocks, both_ways, one_way
from lastfm_gnn.asia.tasks import ArtistTask, RegionTask
from lastfm_gnn.asia.training import Trainer, Users, train_published, train_strict
from lastfm_gnn.core.sparse import SparseMatrix
from lastfm_gnn.data.friendships import FriendGraph

USERS, ARTISTS = 30, 12


def random_graph(seed=0, edges=60):
    random = np.random.default_rng(seed)
    pairs = {tuple(sorted(pair)) for pair in random.integers(0, USERS, (edges, 2)).tolist() if pair[0] != pair[1]}
    return FriendGraph(np.arange(USERS), pd.DataFrame(sorted(pairs), columns=["user_id", "friend_id"]))


def random_likes(seed=0):
    return sp.csr_array((np.random.default_rng(seed).random((USERS, ARTISTS)) < 0.3).astype(np.float32))


def network(layer, last="linear", dense=(), dropout=0.0):
    torch.manual_seed(0)
    return UserNetwork(layer, ARTISTS, 3, [8, 4], list(dense), 5, last, heads=2, dropout=dropout)


def inputs(likes):
    embedding = torch.from_numpy(np.random.default_rng(1).normal(size=(USERS, 3)).astype(np.float32))
    return UserInputs(SparseMatrix(likes), embedding)


def test_one_way_goes_from_the_smaller_id_and_to_oneself():
    adjacency = one_way(np.array([2, 5, 7]), np.array([2, 2]), np.array([5, 7])).toarray()
    assert adjacency.tolist() == [[1, 0, 0], [1, 1, 0], [1, 0, 1]]


def test_sparse_product_and_gradient_are_the_dense_ones():
    matrix = sp.random_array((7, 5), density=0.4, rng=0)
    dense = torch.randn(5, 3, requires_grad=True)
    weight = torch.randn(7, 3)
    product = SparseMatrix(matrix) @ dense
    (product * weight).sum().backward()
    expected = torch.from_numpy(matrix.toarray()).float()
    assert dense.grad.numpy() == pytest.approx((expected.T @ weight).numpy(), abs=1e-6)
    assert (SparseMatrix(matrix) @ dense).detach().numpy() == pytest.approx(
        (expected @ dense).detach().numpy(), abs=1e-6
    )


@pytest.mark.parametrize("layer", ["gcn", "gat", "mlp"])
@pytest.mark.parametrize("last", ["linear", "graph"])
@given(targets=st.lists(st.integers(0, USERS - 1), min_size=1, unique=True), directed=st.booleans())
def test_a_few_targets_score_as_in_the_whole_graph(layer, last, targets, directed):
    graph = random_graph()
    upper = sp.triu(graph.adjacency)
    adjacency = one_way(np.arange(USERS), *upper.nonzero()) if directed else both_ways(graph)
    model, given_inputs, shown = network(layer, last), inputs(random_likes()), torch.ones(USERS)
    everybody = model(given_inputs, shown, *blocks(adjacency, np.arange(USERS), model.depth))
    some = model(given_inputs, shown, *blocks(adjacency, np.array(targets), model.depth))
    assert some.detach().numpy() == pytest.approx(everybody[targets].detach().numpy(), abs=1e-5)


def test_gcn_by_hand():
    """One layer: D^-1/2 A D^-1/2 (X W + Z V), a ReLU, then the linear layer."""
    graph, likes = random_graph(), random_likes()
    torch.manual_seed(0)
    model = UserNetwork("gcn", ARTISTS, 3, [4], [], 2, "linear", heads=1, dropout=0.0)
    given_inputs = inputs(likes)
    adjacency = both_ways(graph)
    degree = adjacency.sum(1)
    norm = torch.from_numpy((adjacency / np.sqrt(np.outer(degree, degree))).toarray()).float()
    features = torch.from_numpy(likes.toarray()) @ model.first.W + given_inputs.embedding @ model.first.V
    expected = model.dense_layers[0](torch.relu(norm @ features + model.biases[0]))
    output = model(given_inputs, torch.ones(USERS), *blocks(adjacency, np.arange(USERS), 1))
    assert output.detach().numpy() == pytest.approx(expected.detach().numpy(), abs=1e-5)


def test_attention_by_hand():
    adjacency = both_ways(random_graph())
    (block,), _ = blocks(adjacency, np.arange(USERS), 1)
    torch.manual_seed(0)
    attention, z = FriendAttention(6, 2), torch.randn(USERS, 6)
    heads = z.view(USERS, 2, 3)
    expected = torch.zeros(USERS, 2, 3)
    for target in range(USERS):
        near = torch.from_numpy(adjacency[[target]].nonzero()[1])
        logits = (heads[near] * attention.source).sum(2) + (heads[target] * attention.target).sum(2)
        weight = torch.softmax(nn.functional.leaky_relu(logits, 0.2), dim=0)
        expected[target] = (weight[:, :, None] * heads[near]).sum(0)
    assert attention(block, z).detach().numpy() == pytest.approx(expected.flatten(1).detach().numpy(), abs=1e-5)


def trainer(task, likes):
    adjacency = both_ways(random_graph())
    torch.manual_seed(0)
    model = UserNetwork("gcn", ARTISTS, None, [8], [], task.outputs, "linear", heads=1, dropout=0.0)
    return Trainer(model, UserInputs(SparseMatrix(likes), None), adjacency, task, 0.01, 0.0)


PARTS = Users(np.arange(20), np.arange(20, 24), np.arange(24, 30))


@pytest.mark.parametrize("protocol", ["published", "strict"])
def test_lists_of_the_users_to_be_scored_change_nothing(protocol):
    """Even if they stood in the inputs: they are hidden as inputs, and no loss is taken on them."""
    scores = []
    for lists_of_scored in (random_likes(0), random_likes(9)):
        likes = sp.vstack([random_likes(0)[:24], lists_of_scored[24:]]).tocsr()
        given_trainer = trainer(ArtistTask(likes, second_sigmoid=False), likes)
        if protocol == "published":
            scores.append(train_published(given_trainer, PARTS, 3, lambda row: None)[0])
        else:
            scores.append(train_strict(given_trainer, PARTS, 3, 0.3, lambda row: None)[0])
    assert scores[0].tolist() == scores[1].tolist()


def test_validation_lists_are_unseen_until_the_end():
    scores = []
    for lists_of_valid in (random_likes(0), random_likes(9)):
        likes = sp.vstack([random_likes(0)[:20], lists_of_valid[20:24], random_likes(0)[24:]]).tocsr()
        given_trainer = trainer(ArtistTask(likes, second_sigmoid=False), likes)
        _, valid, history = train_strict(given_trainer, PARTS, 1, 0.3, lambda row: None)
        scores.append((valid, history[0]["train_loss"]))
    assert scores[0][0].tolist() == scores[1][0].tolist()
    assert scores[0][1] == scores[1][1]


@pytest.mark.parametrize("protocol", ["published", "strict"])
def test_targets_never_see_their_own_list(protocol, monkeypatch):
    """Nor do those that are scored; strict draws other targets every epoch, published has one tenth for good."""
    steps = []
    step = Trainer.step

    def recorded(self, users, layers, shown):
        steps.append((sorted(users.tolist()), shown.clone()))
        return step(self, users, layers, shown)

    monkeypatch.setattr(Trainer, "step", recorded)
    likes = random_likes()
    given_trainer = trainer(ArtistTask(likes, second_sigmoid=False), likes)
    if protocol == "published":
        train_published(given_trainer, PARTS, 5, lambda row: None)
    else:
        train_strict(given_trainer, PARTS, 5, 0.3, lambda row: None)
    for targets, shown in steps:
        assert set(targets) <= set(PARTS.train.tolist())
        hidden = {*targets, *PARTS.valid.tolist(), *PARTS.scored.tolist()}
        assert np.flatnonzero(shown.numpy() == 0).tolist() == sorted(hidden)
    drawn = {tuple(targets) for targets, _ in steps}
    assert {len(targets) for targets in drawn} == {2 if protocol == "published" else 6}
    assert (len(drawn) == 1) == (protocol == "published")


def test_hidden_lists_reach_nobody():
    """A hidden user's list changes no score, a friend's included."""
    graph = both_ways(random_graph())
    changed = random_likes(0).toarray()
    changed[3] = 1 - changed[3]
    model, shown = network("gcn"), torch.ones(USERS)
    everybody = blocks(graph, np.arange(USERS), model.depth)
    same, other = (inputs(likes) for likes in (random_likes(0), sp.csr_array(changed)))
    assert not torch.allclose(model(same, shown, *everybody), model(other, shown, *everybody))
    shown[3] = 0
    assert torch.equal(model(same, shown, *everybody), model(other, shown, *everybody))


def test_heads_differ_in_a_net_of_one_layer():
    outputs = []
    for heads in (1, 2):
        torch.manual_seed(0)
        model = UserNetwork("gat", ARTISTS, 3, [8], [], 5, "linear", heads=heads, dropout=0.0)
        layers = blocks(both_ways(random_graph()), np.arange(USERS), 1)
        outputs.append(model(inputs(random_likes()), torch.ones(USERS), *layers).detach())
    assert not torch.allclose(*outputs)


def test_dropout_stays_on_at_test_where_the_notebooks_leave_it_on():
    likes = random_likes()
    for at_test in (False, True):
        given_trainer = trainer(ArtistTask(likes, second_sigmoid=False), likes)
        given_trainer.network.dropout.p, given_trainer.dropout_at_test = 0.5, at_test
        layers, shown = given_trainer.layers(np.arange(5)), torch.ones(USERS)
        first, second = (given_trainer.predict(layers, shown) for _ in range(2))
        assert (first.tolist() != second.tolist()) == at_test


def test_second_sigmoid_is_in_the_loss_alone():
    likes = random_likes()
    logits = torch.randn(4, ARTISTS)
    once, twice = ArtistTask(likes, False), ArtistTask(likes, True)
    users = np.arange(4)
    assert twice.loss(logits, users).item() == pytest.approx(once.loss(torch.sigmoid(logits), users).item())
    assert twice.probabilities(logits).tolist() == once.probabilities(logits).tolist()


def test_strict_starts_at_the_log_odds_of_every_artist():
    likes = random_likes()
    task, users = ArtistTask(likes, False), np.arange(10)
    model = network("gcn")
    model.dense_layers[-1] = nn.Linear(4, ARTISTS)
    task.start(model, users)
    share = (likes[users].sum(0) + 0.5) / 11
    assert torch.sigmoid(model.output_bias).detach().numpy() == pytest.approx(share, abs=1e-6)


def test_region_task_by_hand():
    task = RegionTask(np.array([0, 1, -1]), 3)
    assert task.score(np.array([[0.9, 0.1, 0], [0.6, 0.4, 0]]), np.array([0, 1])) == 0.5
    assert task.loss(torch.zeros(2, 3), np.array([0, 1])).item() == pytest.approx(np.log(3))
