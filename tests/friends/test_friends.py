"""Friends: the split, ranks by hand, features by hand, and what every model must learn."""

import json
import types
from importlib import import_module

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import shortest_path

import evaluate_friends
import make_friend_splits
import predict_friends
from conftest import ROOT
from lastfm_gnn.core.members import mean_of_members
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data.friendships import FriendGraph
from lastfm_gnn.friends import trees
from lastfm_gnn.friends.models import boosted_trees, node2vec, subgraph_trees
from lastfm_gnn.friends.problem import FriendProblem
from lastfm_gnn.friends.splits import draw_weighted, split_friendships
from lastfm_gnn.metrics.friends import friend_scores

TREES = {
    **{"trees": 20, "leaves": 4, "learning_rate": 0.1, "least_pairs": 10, "folds": 2, "share": 0.2},
    **{"queries": 60, "negatives": 10, "members": 1},
}
WALK = {
    **{"width": 4, "hidden": 8, "dropout": 0.1, "learning_rate": 0.01, "weight_decay": 0.01, "steps": 20},
    **{"folds": 2, "share": 0.2, "negatives": 50, "pointwise": 0.1, "members": 1},
}
FRIEND_MODELS = {
    "common_neighbours": {},
    "adamic_adar": {},
    "personalised_pagerank": {"restart": 0.2, "hubs": 0.2},
    "boosted_trees": TREES,
    "subgraph_trees": TREES,
    "node2vec": {
        **{
            "width": 8,
            "count": 20,
            "length": 20,
            "window": 3,
            "epochs": 20,
            "back": 1,
            "away": 0.5,
            "hubs": 0.1,
            "members": 1,
        },
    },
    "sage": {
        **{"width": 8, "layers": 1, "dropout": 0.1, "learning_rate": 0.05, "weight_decay": 0.01, "steps": 40},
        **{"folds": 2, "share": 0.2, "negatives": 10, "members": 1},
    },
    "walk_network": WALK,
    "walk_mlp": WALK | {"width": 0},
}


@settings(max_examples=30)
@given(st.integers(0, 2**32))
def test_every_user_keeps_a_friend_and_candidates_tell_nothing(seed):
    random = np.random.default_rng(seed)
    ends = {tuple(sorted(pair)) for pair in random.integers(0, 60, (150, 2)).tolist() if pair[0] != pair[1]}
    friendships = pd.DataFrame(sorted(ends), columns=["user_id", "friend_id"]) * 7  # ids with gaps
    user_id = np.arange(60) * 7
    parts = split_friendships(user_id, friendships, seed)
    covered = pd.concat([parts[name] for name in ("train", "valid", "test")])
    assert set(covered.itertuples(index=False)) == set(friendships.itertuples(index=False))
    assert len(covered) == len(ends)
    assert set(parts["train"].to_numpy().ravel()) == set(friendships.to_numpy().ravel())
    known = set(friendships.itertuples(index=False, name=None))
    for pair in parts["strangers"][["user_id", "friend_id"]].itertuples(index=False, name=None):
        assert tuple(sorted(pair)) not in known
    candidates = list(parts["candidates"][["user_id", "friend_id"]].itertuples(index=False, name=None))
    assert candidates == sorted(set(candidates))
    assert set(parts["candidates"].uniform) == {True}  # nobody is left for the second draw among so few
    assert not set(parts["train"].itertuples(index=False, name=None)) & set(candidates)
    for user, friend in pd.concat([parts["valid"], parts["test"]]).itertuples(index=False, name=None):
        assert (user, friend) in candidates and (friend, user) in candidates


def test_where_all_are_friends_nobody_is_ranked():
    user, friend = np.triu(np.ones((6, 6)), 1).nonzero()
    with pytest.raises(InputError, match="everybody is a friend of everybody"):
        split_friendships(np.arange(6), pd.DataFrame({"user_id": user, "friend_id": friend}), 0)


def test_trees_learn_nothing_from_who_is_a_friend_of_everybody():
    """Such a user has no strangers to be drawn: they are passed over, and the drawing ends."""
    user, friend = np.triu(np.ones((8, 8)), 1).nonzero()
    known = (user == 0) | (friend == user + 1)
    graph = FriendGraph(np.arange(8), pd.DataFrame({"user_id": user[known], "friend_id": friend[known]}))
    forest = FRIEND_MODELS["boosted_trees"] | {"negatives": 3, "queries": 50}
    seen = []
    settings = boosted_trees.Settings(**forest)
    trees.training_features(
        lambda shown, pairs: seen.extend(pairs[:, 0].tolist()) or np.zeros((len(pairs), 1)),
        graph,
        settings,
        np.random.default_rng(0),
    )
    assert set(seen) and 0 not in seen


def test_friend_scores_by_hand():
    """User 1's friend 2 is hidden: of the candidates 3, 4 and 5, one scores more and one as much."""
    rows = [(1, 2, 0.5), (1, 3, 0.9), (1, 4, 0.5), (1, 5, 0.1), (2, 1, 0.3), (2, 6, 0.2), (1, 9, 0.0), (9, 1, 0.4)]
    rows = [(*row, True) for row in rows] + [(1, 7, 0.6, False), (1, 8, 0.2, False)]
    scores = pd.DataFrame(rows, columns=["user_id", "friend_id", "score", "uniform"])
    pair = ["user_id", "friend_id"]
    hidden, known = pd.DataFrame([[1, 2]], columns=pair), pd.DataFrame(columns=pair, dtype=int)
    metrics = friend_scores(scores, hidden, known, pd.DataFrame([[1, 9]], columns=pair))
    assert metrics.mrr.tolist() == pytest.approx([1 / 2.5, 1]) and metrics.hits_10.tolist() == [1, 1]
    assert metrics.mrr_hard.tolist() == pytest.approx([1 / 3.5, 1])  # popular user 7 scores more, too
    assert metrics.auc.tolist() == [1, 0.5]  # strangers at 0 and .4


def test_popular_strangers_are_drawn_in_proportion_to_their_friends():
    """On a star with 1,500 points of one friend each and a second hub of 100 points: per user 500 uniform others, and
    500 in proportion to degree, among whom both hubs nearly always are."""
    star = [(0, point) for point in range(2, 1502)]
    second = [(1, point) for point in range(1402, 1502)]
    friendships = pd.DataFrame(sorted(star + second), columns=["user_id", "friend_id"])
    parts = split_friendships(np.arange(1502), friendships, 0)
    candidates = parts["candidates"]
    hidden = pd.concat([parts["valid"], parts["test"]])
    flag = candidates.set_index(["user_id", "friend_id"]).uniform
    assert flag.loc[list(hidden.itertuples(index=False, name=None))].all()  # as of strangers: gives nothing away
    known = set(friendships.itertuples(index=False, name=None))
    popular = candidates[~candidates.uniform]
    assert not {tuple(sorted(pair)) for pair in popular[["user_id", "friend_id"]].itertuples(index=False)} & known
    ends = np.setdiff1d(hidden.to_numpy().ravel(), [0, 1])
    counts = popular.groupby("user_id").size()
    assert counts.loc[ends].eq(500).all()


@settings(max_examples=30)
@given(st.integers(0, 2**32))
def test_weighted_draw_takes_the_heavy_first_and_none_of_no_weight(seed):
    weight = np.array([0, 1, 1, 1000, 0, 1])
    draws = [draw_weighted(weight, 1, random)[0] for random in [np.random.default_rng(seed)] for _ in range(200)]
    assert np.mean(np.array(draws) == 3) > 0.95  # 1000 / 1003
    assert sorted(draw_weighted(weight, 9, np.random.default_rng(seed))) == [1, 2, 3, 5]


def path(users):
    """0 - 1 - 2 - ..."""
    ends = pd.DataFrame({"user_id": np.arange(users - 1), "friend_id": np.arange(1, users)})
    return FriendGraph(np.arange(users), ends)


def test_subgraph_counts_by_hand():
    """On the path 0 to 6, of users 2 and 4: 3 is a friend of both, 1 is one step from 2 and three from 4."""
    features = subgraph_trees.pair_features(path(7), np.array([[2, 4], [0, 6]]))
    counts = np.expm1(features[0, :9]).round().reshape(3, 3)
    assert counts.tolist() == [[1, 0, 1], [0, 0, 0], [1, 0, 0]]
    # from 2 at 1, 2, 3: nobody else but 0, who is 4 steps from user 4; the other way round 6
    assert np.expm1(features[0, 9:15]).round().tolist() == [0, 1, 0, 0, 1, 0]
    assert np.expm1(features[0, 15:21]).round().tolist() == [2, 2, 1, 2, 2, 1] and features[0, 21] == 0.5
    assert np.expm1(features[1, :9]).round().reshape(3, 3).tolist() == [[0, 0, 0], [0, 0, 0], [0, 0, 1]]
    assert features[1, 21] == 0


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_subgraph_counts_equal_those_of_shortest_paths(seed):
    random = np.random.default_rng(seed)
    ends = np.triu(random.random((30, 30)) < 0.06, 1).nonzero()
    graph = FriendGraph(np.arange(30), pd.DataFrame(dict(zip(("user_id", "friend_id"), ends, strict=True))))
    distance = shortest_path(graph.adjacency, unweighted=True)
    user, friend = random.permutation(30)[:2]
    expected = [((distance[user] == d) & (distance[friend] == e)).sum() for d in range(1, 4) for e in range(1, 4)]
    features = subgraph_trees.pair_features(graph, np.array([[user, friend]]))[0]
    np.testing.assert_allclose(np.expm1(features[:9]), expected, atol=1e-4)
    beyond = [((distance[user] == d) & (distance[friend] > 3)).sum() for d in range(1, 4)]
    np.testing.assert_allclose(np.expm1(features[9:12]), beyond, atol=1e-4)


def test_trees_see_both_ends_and_their_friends():
    """A pair turned round has the same counts, and each end's friends in the place of the other's."""
    random = np.random.default_rng(0)
    ends = np.triu(random.random((40, 40)) < 0.3, 1).nonzero()
    graph = FriendGraph(np.arange(40), pd.DataFrame(dict(zip(("user_id", "friend_id"), ends, strict=True))))
    pairs = random.integers(40, size=(50, 2))
    there, back = boosted_trees.pair_features(graph, pairs), boosted_trees.pair_features(graph, pairs[:, ::-1])
    assert there.shape == (50, 70) and np.isfinite(there).all()
    np.testing.assert_allclose(there[:, :2], back[:, :2])
    np.testing.assert_allclose(there[:, 18:44], back[:, 44:], atol=1e-6)
    # the first sent column is whether a user is a friend of the first: its mean is the share of common friends
    degree = np.maximum(graph.degree[pairs[:, 1]], 1)
    np.testing.assert_allclose(there[:, 18], there[:, 0] / degree, atol=1e-6)


def walking(count, length, back, away):
    own = {"count": count, "length": length, "back": back, "away": away}
    return node2vec.Settings(**own, width=2, window=2, epochs=1, hubs=0, members=1)


def test_walks_take_friendships_and_prefer_as_told():
    graph = path(9)
    far, near = (
        node2vec.walks(graph, walking(200, 8, back, 1.0), np.random.default_rng(0)) for back in (100.0, 0.01)
    )
    for walks in (far, near):
        assert walks.shape == (9 * 200, 8) and (np.abs(np.diff(walks, axis=1)) == 1).all()
    middle = far[far[:, 0] == 4]
    assert (np.abs(middle[:, 4] - 4) == 4).mean() > 0.9  # hardly ever back: straight on to the end
    assert (near[:, 2] == near[:, 0]).mean() > 0.9


def test_second_step_has_the_odds_of_the_paper():
    """From 1 to 2: back to 1 with weight 1 / p, to 3, a friend of 1, with 1, and to 4 with 1 / q."""
    ends = pd.DataFrame([(1, 2), (1, 3), (2, 3), (2, 4)], columns=["user_id", "friend_id"])
    walks = node2vec.walks(FriendGraph(np.arange(5), ends), walking(20_000, 3, 2.0, 0.25), np.random.default_rng(0))
    assert set(walks[:, 0]) == {1, 2, 3, 4}  # 0 has no friend
    third = walks[(walks[:, 0] == 1) & (walks[:, 1] == 2), 2]
    np.testing.assert_allclose([(third == user).mean() for user in (1, 3, 4)], np.array([0.5, 1, 4]) / 5.5, atol=0.02)


@pytest.mark.parametrize("model", FRIEND_MODELS)
def test_friend_models_tell_friends_from_strangers(model):
    """In two groups of friends, hidden friends are of one's own group."""
    random = np.random.default_rng(0)
    ends = {tuple(sorted(pair)) for pair in random.integers(0, 80, (1800, 2)).tolist() if pair[0] != pair[1]}
    kept = [pair for pair in sorted(ends) if pair[0] % 2 == pair[1] % 2 or random.random() < 0.05]
    user_id = np.arange(80)
    parts = split_friendships(user_id, pd.DataFrame(kept, columns=["user_id", "friend_id"]), 0)
    graph = FriendGraph(user_id, parts["train"])
    pairs = parts["candidates"][["user_id", "friend_id"]].to_numpy()
    module = import_module(f"lastfm_gnn.friends.models.{'walk_network' if model == 'walk_mlp' else model}")
    own = module.Settings(**FRIEND_MODELS[model])
    scores = module.fit(FriendProblem(graph, pairs), own, 0)
    assert scores.shape == (len(pairs),) and np.isfinite(scores).all()
    same = pairs[:, 0] % 2 == pairs[:, 1] % 2
    assert scores[same].mean() > scores[~same].mean() + 0.3 * scores.std()
    some = random.permutation(len(pairs))[:50]
    np.testing.assert_allclose(module.fit(FriendProblem(graph, pairs[some]), own, 0), scores[some], atol=1e-4)


@pytest.mark.parametrize("model", ["boosted_trees", "subgraph_trees", "node2vec", "walk_network"])
def test_what_would_not_fit_into_memory_is_told_before_it_starts(model):
    nobody = pd.DataFrame({"user_id": [], "friend_id": []}, dtype=int)
    problem = FriendProblem(FriendGraph(np.arange(10**8), nobody), np.empty((0, 2), dtype=int))
    module = import_module(f"lastfm_gnn.friends.models.{model}")
    with pytest.raises(InputError, match=r"100,000,000 users .* needs [\d,]+ GiB of memory, .* free; take common"):
        module.fit(problem, module.Settings(**FRIEND_MODELS[model]), 0)


def test_members_have_seeds_of_their_own():
    assert mean_of_members(lambda number: np.array([number, 1.0]), 4, 1).tolist() == [4, 1]
    assert mean_of_members(lambda number: np.array([number, 1.0]), 4, 3).tolist() == [13, 1]  # 12, 13 and 14


def test_friends_from_tables_to_metrics(asia_tables, tmp_path):
    split = tmp_path / "split"
    shared = [f"--users={asia_tables}/users.parquet"]
    make_friend_splits.main(
        [*shared, f"--friendships={asia_tables}/friendships.parquet", "--seed=0", f"--output-folder={split}"]
    )
    parts = [f"--{part}={split}/{part}.parquet" for part in ("train", "valid", "strangers")]
    predict_friends.main(
        [
            *(*shared, *parts, f"--candidates={split}/candidates.parquet", "--model=personalised_pagerank"),
            *('--grid={"restart": [0.1, 0.3], "hubs": [0.2]}', "--seed=0", f"--output-folder={tmp_path}"),
        ]
    )
    scores = f"--scores={tmp_path}/scores.parquet"
    evaluate_friends.main([scores, *parts, f"--test={split}/test.parquet", f"--output-folder={tmp_path}"])
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    friendships = pd.read_parquet(tmp_path / "friendships.parquet")
    test = pd.read_parquet(split / "test.parquet")
    assert metrics["pairs"] == 2 * len(test)
    assert set(friendships[["user_id", "friend_id"]].itertuples(index=False)) == set(test.itertuples(index=False))
    assert 0.5 < metrics["auc"] <= 1 and metrics["mrr"] == pytest.approx(friendships.mrr.mean())
    assert 0 < metrics["mrr_hard"] <= metrics["mrr"]


def test_the_model_that_the_docs_show_works():
    text = (ROOT / "docs/extending.md").read_text()
    module = types.ModuleType("jaccard")
    exec(text.split("```python\n")[1].split("```")[0], module.__dict__)
    graph = path(4)
    scores = module.fit(FriendProblem(graph, np.array([[0, 2], [0, 3]])), module.Settings(shrinkage=1), 0)
    assert scores == pytest.approx([1 / 3, 0])  # one common friend of two
