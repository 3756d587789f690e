"""Features of a pair: statistics by hand, and no leak of the score that is predicted."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.preprocessing import normalize

from lastfm_gnn.core.places import values_at
from lastfm_gnn.data.listens import Pairs, ScoredPairs
from lastfm_gnn.liking.batches import batches_of
from lastfm_gnn.liking.context import Context, largest
from lastfm_gnn.liking.features import artist_neighbours, pair_features, side_of
from lastfm_gnn.liking.folds import folds
from lastfm_gnn.liking.side import SideContext
from lastfm_gnn.liking.trees import rows_of
from tiny_problem import liking_problem


@pytest.fixture(scope="module", params=["scores", "side"])
def problem(request, tiny_tables):
    return liking_problem(tiny_tables, request.param)


def test_statistics_of_a_user_and_an_artist_by_hand():
    edges = ScoredPairs(np.array([0, 0, 0, 1]), np.array([0, 1, 2, 0]), np.array([1.0, 0.5, 0.2, 1.0]))
    context = Context.build(3, 4, edges, None)
    low_to_high = context.user_statistics[0, 3:11]  # seven quantiles, and the second largest
    assert low_to_high == pytest.approx([*np.quantile([0.2, 0.5, 1.0], (0, 0.1, 0.25, 0.5, 0.75, 0.9, 1)), 0.5])
    assert (context.user_statistics[2, 3:11] == context.mean).all()  # no known score
    assert context.artist_cosine(np.array([0]), np.array([1])) == pytest.approx(
        1 / np.sqrt(2)
    )  # two listeners, one of them shared
    assert context.place[np.lexsort((edges.artist, edges.user))][:3] == pytest.approx([5 / 6, 1 / 2, 1 / 6])
    cosine, _ = context.user_cosines(np.array([0, 0]), np.array([1, 2]))
    assert cosine[0] > 0 and cosine[1] == 0


def test_tags_on_listens_that_are_not_known_are_features_all_the_same(tiny_tables):
    problem = liking_problem(tiny_tables, "side")
    listens = np.zeros((problem.users, problem.artists), dtype=bool)
    listens[problem.train.user, problem.train.artist] = True
    user, artist = (places[:5] for places in np.nonzero(~listens))
    side = replace(problem.side, tag_user=user, tag_artist=artist, tag=np.arange(5), day=np.zeros(5, dtype=int))
    context = Context.build(problem.users, problem.artists, problem.train, side)
    features = pair_features(context, side_of(context), Pairs(user, artist))
    assert np.isfinite(features.statistics).all() and np.isfinite(features.propagated).all()


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
        values = getattr(pair_features(context, side_of(context), hidden), name)
        assert np.isfinite(values).all()
        np.testing.assert_array_equal(values, getattr(pair_features(context, side_of(context), unknown), name))


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
    """Made for many places at a time; here each from whole arrays, or its own two rows."""
    known, hidden = next(folds(problem.train, 0))
    context = Context.build(problem.users, problem.artists, known, problem.side)
    side = SideContext(context, problem.side) if problem.side else None
    near = artist_neighbours(context, side_of(context), hidden)
    near.features["agreement"] *= np.abs(near.features["agreement"])  # its root is what networks see
    here, there = hidden.user[near.pair], context.edges.user[near.edge]
    vectors, _ = context.embeddings
    rare = normalize(context.listens.toarray() / np.sqrt(np.maximum(context.artist_count, 1)))
    cosine = rare @ rare.T
    standard = np.zeros(context.listens.shape)
    standard[context.edges.user, context.edges.artist] = context.standard
    agreement = standard @ standard.T
    expected = {
        "spectral": (vectors[here] * vectors[there]).sum(1),
        "cosine": cosine[here, there],
        "two_steps": cosine_similarity(cosine)[here, there],
        "agreement": agreement[here, there],
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
