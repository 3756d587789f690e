"""Models of liking scores: their parts by hand, and predictions that depend on nothing but the pair."""

from dataclasses import replace
from importlib import import_module
from itertools import combinations

import numpy as np
import pytest
import torch

from lastfm_gnn.core.program import InputError
from lastfm_gnn.data.listens import Pairs, ScoredPairs
from lastfm_gnn.liking import room
from lastfm_gnn.liking.batches import BatchMaker
from lastfm_gnn.liking.context import Context
from lastfm_gnn.liking.features import nearest, side_of, user_neighbours
from lastfm_gnn.liking.models.edge_network import EdgeNetwork, PairAttention, apply_to_edges
from lastfm_gnn.liking.models.factorisation_machine import Machine, groups, matrices
from lastfm_gnn.liking.models.gated_gcn import GatedGCN
from lastfm_gnn.liking.networks import mlp
from lastfm_gnn.liking.problem import LikingProblem, restored
from tiny_problem import MODELS, fit, liking_problem


@pytest.fixture(scope="module", params=["scores", "side"])
def problem(request, tiny_tables):
    return liking_problem(tiny_tables, request.param)


@pytest.mark.parametrize("model", MODELS)
def test_prediction_of_a_pair_is_its_own(problem, model, tmp_path):
    """Neither the other pairs, nor the order of the pairs, nor saving and reading the model changes it."""
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
    np.testing.assert_allclose(again.predict(pairs.take(some)), predicted[some], atol=1e-5)
    strangers = (problem.train.user != pairs.user[0]) & (problem.train.artist != pairs.artist[0])
    cold = restored(saved, replace(problem, train=problem.train.take(strangers)))
    np.testing.assert_allclose(cold.predict(pairs.take([0])), cold.predict(pairs)[:1], atol=1e-5)
    error = ((predicted - problem.valid.liking) ** 2).mean()
    assert error < 1.2 * ((problem.train.liking.mean() - problem.valid.liking) ** 2).mean()


@pytest.mark.parametrize("model", ["boosted_trees", "edge_network", "gated_gcn"])
def test_what_the_known_scores_decide_is_computed_for_the_first_answer_alone(problem, model, monkeypatch):
    saved = {"variant": model, "seed": 0, "settings": MODELS[model], "trained": fit(problem, model).trained}
    again = restored(saved, replace(problem, valid=None))
    first = again.predict(problem.valid)

    def build(*arguments):
        raise AssertionError("computed again")

    for part in ("build", "embeddings", "user_statistics", "_user_kernels"):
        monkeypatch.setattr(Context, part, build)
    for network in (EdgeNetwork, GatedGCN):
        monkeypatch.setattr(network, "encode", build)
    np.testing.assert_array_equal(again.predict(problem.valid), first)


@pytest.mark.parametrize("model", sorted(MODELS.keys() - {"bias", "matrix_factorisation", "factorisation_machine"}))
def test_what_would_not_fit_into_memory_is_told_before_it_starts(model):
    """Of a billion users, and of item_knn 10^10 listens of the users of pairs."""
    ones = np.zeros(10**5, dtype=np.int64)
    pairs = ScoredPairs(ones, ones, ones.astype(float))
    with pytest.raises(InputError, match=r"model of 100,000 listens .* needs [\d,]+ GiB .* free; take bias"):
        fit(LikingProblem(10**9, 10**9, pairs, pairs, None), model)


def test_each_part_of_the_memory_counts(monkeypatch):
    """Two users of three listens each, of two artists that both have, and of one of their own."""
    asked = []
    monkeypatch.setattr(LikingProblem, "expect_room", lambda _, needed: asked.append(needed))
    user, artist = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 2, 0, 1, 3])
    problem = LikingProblem(2, 4, ScoredPairs(user, artist, np.ones(6)), None, None)
    kernels, neighbours, listens = 4 * 5 * 2**2, 250 * (18 + 10) / 10, 6
    room.expect_features(problem, pair=7)
    assert asked[-1] == kernels + neighbours + listens * (120 + 300) + 7 * listens
    room.expect_features(problem, pair=7, graph=11, step=1000)
    assert asked[-1] == kernels + neighbours + listens * (11 * 11 + 120 + 1000) + 7 * listens
    monkeypatch.setattr(room, "DENSE_USERS", 1)
    room.expect_features(problem, pair=0)
    assert asked[-1] == 1000 * 2 + neighbours + listens * (120 + 300)
    room.expect_features(problem, pair=0)
    assert len(asked) == 3  # once for all settings


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


def ends(problem):
    """Users and artists of the training pairs in the order of a batch's edges."""
    order = np.lexsort((problem.train.artist, problem.train.user))
    return problem.train.user[order], problem.train.artist[order]


def test_means_of_a_graph_are_those_of_each_nodes_edges(problem):
    graph = BatchMaker(problem, False, {}).known(problem.train).graph
    values = torch.randn(len(problem.train), 2)
    for nodes, means in zip(ends(problem), graph.means(values), strict=True):
        expected = torch.zeros_like(means)
        for node in np.unique(nodes):
            expected[node] = values[nodes == node].mean(0)
        torch.testing.assert_close(means, expected)


def test_attention_by_hand(problem):
    """Weights exp(MLP) of each place, a silent neighbour of weight 1, and the log of the sum."""
    inputs = BatchMaker(problem, True, {})
    batch = inputs.batch(inputs.known(problem.train), problem.valid)
    edges = batch.graph.edge_features
    context = Context.build(problem.users, problem.artists, problem.train, problem.side)
    near = nearest(user_neighbours(context, side_of(context), problem.valid))
    torch.manual_seed(0)
    attention = PairAttention(batch.of_user.features.shape[1], edges.shape[1], 1, 3)
    with torch.no_grad():
        output = attention(batch.of_user, attention.value(edges))
        weights = attention.logits(batch.of_user.features)[:, 0].exp()
        values = attention.value(edges)[near.edge, 0]
    for pair in range(len(problem.valid)):
        here = near.pair == pair
        total = weights[here].sum() + 1
        expected = torch.stack([(weights * values)[here].sum() / total, total.log()])
        torch.testing.assert_close(output[pair], expected)


def test_layers_of_edges_are_those_of_the_joined_parts(problem):
    """Quicker, part by part, but the same layers of [edge ‖ its user ‖ its artist]."""
    graph = BatchMaker(problem, False, {}).known(problem.train).graph
    layers = mlp(graph.edge_features.shape[1] + graph.users.shape[1] + graph.artists.shape[1], 8, 3)
    user, artist = ends(problem)
    joined = torch.cat([graph.edge_features, graph.users[user], graph.artists[artist]], 1)
    output = apply_to_edges(layers, graph, graph.edge_features, graph.users, graph.artists)
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
