"""What is made part by part, or of some pairs and edges alone, where data are large: beside the whole."""

from dataclasses import fields

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lastfm_gnn.data.listens import Pairs, ScoredPairs
from lastfm_gnn.liking import batches, context, features
from lastfm_gnn.liking import folds as fold_rules
from lastfm_gnn.liking import problem as liking_problems
from lastfm_gnn.liking.batches import BatchMaker, batches_of
from lastfm_gnn.liking.context import Context, some_of_each
from lastfm_gnn.liking.features import Neighbours, artist_neighbours, pair_features, side_of
from lastfm_gnn.liking.folds import folds, some_validation
from lastfm_gnn.liking.models.edge_network import EdgeNetwork, Settings
from tiny_problem import MODELS, fit, liking_problem


@pytest.fixture(scope="module", params=["scores", "side"])
def problem(request, tiny_tables):
    return liking_problem(tiny_tables, request.param)


def known_of(problem):
    return Context.build(problem.users, problem.artists, problem.train, problem.side)


@pytest.mark.parametrize("size", [1, 40, 300])
def test_features_made_in_blocks_are_those_of_all_pairs_at_once(problem, monkeypatch, size):
    known, pairs = known_of(problem), problem.valid
    whole = pair_features(known, side_of(known), pairs, attended=True)
    monkeypatch.setattr(features, "AT_ONCE", size)
    assert len(list(features._blocks(known, pairs))) > 3
    parts = pair_features(known, side_of(known), pairs, attended=True)
    for one in fields(whole):
        expected, made = getattr(whole, one.name), getattr(parts, one.name)
        if isinstance(expected, Neighbours):
            np.testing.assert_array_equal(made.pair, expected.pair)
            np.testing.assert_array_equal(made.edge, expected.edge)
            for name, values in expected.features.items():
                np.testing.assert_allclose(made.features[name], values, atol=1e-6)
        else:
            np.testing.assert_allclose(made, expected, atol=1e-6)


@pytest.mark.parametrize("model", ["item_knn", "boosted_trees", "edge_network", "sage"])
def test_predictions_made_in_blocks_are_those_of_all_pairs_at_once(problem, monkeypatch, model):
    fitted = fit(problem, model)
    pairs = problem.valid
    whole = fitted.predict(pairs)
    monkeypatch.setattr(liking_problems, "AT_ONCE", 7)
    np.testing.assert_allclose(fitted.predict(pairs), whole, atol=1e-5)


@given(st.lists(st.integers(0, 6), max_size=9), st.integers(1, 4), st.randoms())
def test_a_node_keeps_all_its_edges_or_so_many_at_random(count, most, random):
    edges = list(range(10, 10 + sum(count)))
    random.shuffle(edges)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(context, "NEIGHBOURS", most)
        first, kept = some_of_each(np.array(count, dtype=np.int64), np.array(edges, dtype=np.int64))
    assert first.tolist() == [0, *np.cumsum(np.minimum(count, most)).tolist()] if count else first.tolist() == [0]
    start = 0
    for node, size in enumerate(count):
        own, chosen = edges[start : start + size], kept[first[node] : first[node + 1]].tolist()
        assert len(chosen) == min(size, most)
        assert chosen == [edge for edge in own if edge in chosen]  # in their order
        start += size


def test_the_edges_that_a_node_keeps_are_random(monkeypatch):
    monkeypatch.setattr(context, "NEIGHBOURS", 100)
    _, kept = some_of_each(np.array([2000, 5]), np.arange(2005))
    assert kept[100:].tolist() == [2000, 2001, 2002, 2003, 2004]
    assert 800 < kept[:100].mean() < 1200 and len(set(kept)) == 105


def test_an_artists_pairs_see_some_of_its_listeners(problem, monkeypatch):
    monkeypatch.setattr(context, "NEIGHBOURS", 3)
    known = known_of(problem)
    near = artist_neighbours(known, side_of(known), problem.valid)
    seen = np.bincount(near.pair, minlength=len(problem.valid))
    np.testing.assert_array_equal(seen, np.minimum(known.artist_count[problem.valid.artist], 3))
    assert known.artist_count.max() > 3
    np.testing.assert_array_equal(known.edges.artist[near.edge], problem.valid.artist[near.pair])
    assert np.isfinite(pair_features(known, side_of(known), problem.valid).propagated).all()


def test_users_cosines_with_everybody_in_fewer_dimensions(problem, monkeypatch):
    """As many dimensions as the graph has give what arrays (users, users) give."""
    here, there = np.random.default_rng(0).integers(problem.users, size=(2, 200))
    exact = known_of(problem).user_cosines(here, there)
    monkeypatch.setattr(context, "DENSE_USERS", 0)
    monkeypatch.setattr(context, "STEP_DIMENSIONS", problem.users)
    for values, expected in zip(known_of(problem).user_cosines(here, there), exact, strict=True):
        np.testing.assert_allclose(values, expected, atol=1e-4)


@given(st.integers(1, 200), st.integers(1, 300), st.integers(0, 9))
def test_folds_of_many_pairs_are_few_and_hide_some(count, learnt, seed):
    train = ScoredPairs(np.arange(count), np.zeros(count, dtype=np.int64), np.ones(count))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fold_rules, "LEARNT", learnt)
        parts = list(folds(train, seed))
    hidden = np.concatenate([pairs.user for _, pairs in parts])
    assert len(set(hidden)) == len(hidden)
    assert abs(len(hidden) - min(learnt, count)) <= fold_rules.FOLDS  # folds are of whole pairs
    if count <= learnt:
        assert len(parts) == fold_rules.FOLDS and len(hidden) == count
    for known, pairs in parts:
        assert not set(known.user) & set(pairs.user)
        assert abs(len(known) - count * (1 - 1 / fold_rules.FOLDS)) < 1  # as many are known as without a bound


def test_steps_learn_from_parts_of_a_fold_and_look_at_some_of_validation(problem, monkeypatch):
    monkeypatch.setattr(batches, "BATCH", 30)
    monkeypatch.setattr(fold_rules, "LEARNT", 500)
    monkeypatch.setattr(fold_rules, "VALIDATED", 30)
    batches_of.cache_clear()
    _, valid, made = batches_of(problem, 0, False)
    batches_of.cache_clear()
    assert len(valid.base) == len(some_validation(problem.validation)) == 30
    assert all(len(batch.base) == len(liking) <= 30 for batch, liking in made)
    assert 400 < sum(len(liking) for _, liking in made) <= 500
    assert len({id(batch.graph) for batch, _ in made}) < len(made)  # batches of a fold share its graph


def test_states_of_edges_made_in_parts_have_the_same_gradients(problem, monkeypatch):
    settings = Settings(**MODELS["edge_network"])
    results = []
    for part in (1 << 20, 100):
        monkeypatch.setattr(batches, "PART", part)
        inputs = BatchMaker(problem, True, {})
        batch = inputs.batch(inputs.known(problem.train), Pairs(problem.valid.user, problem.valid.artist))
        torch.manual_seed(0)
        network = EdgeNetwork(batch, settings).eval()
        for parameter in network.decoder.parameters():  # the last layer starts from 0, where nothing gets a gradient
            torch.nn.init.normal_(parameter, std=0.1)
        predicted = network(batch)
        predicted.square().mean().backward()
        results.append([predicted, *(parameter.grad for parameter in network.parameters())])
        assert len(batch.graph.parts) == -(-len(problem.train) // part)
    for first, second in zip(*results, strict=True):
        torch.testing.assert_close(first, second, rtol=1e-4, atol=1e-6)
