"""Single places of sparse matrices and of their products."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from lastfm_gnn.core import places
from lastfm_gnn.core.places import gram_at, holds, product_at, sparse_gram_at


@pytest.mark.parametrize("block", [1, 50, 1 << 24])
@given(seed=st.integers(0, 2**32), few=st.sampled_from([1, 2, 99]), look_up=st.sampled_from([1, 256]))
def test_places_of_a_product_are_those_of_the_whole_whatever_the_block(block, seed, few, look_up):
    random = np.random.default_rng(seed)
    left, right = (sp.random_array(shape, density=0.2, format="csr", rng=random) for shape in ((9, 7), (7, 8)))
    n = random.integers(30)
    rows, columns = random.integers(9, size=n), random.integers(8, size=n)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(places, "BLOCK", block)
        patch.setattr(places, "FEW", few)
        patch.setattr(places, "LOOK_UP", look_up)
        found = product_at(left, right, rows, columns)
        similar = gram_at(left.toarray(), rows, rows[::-1])
    np.testing.assert_array_equal(found, (left @ right).toarray()[rows, columns])
    np.testing.assert_allclose(similar, (left @ left.T).toarray()[rows, rows[::-1]])


@pytest.mark.parametrize("many", [0, 1 << 14])
@given(
    seed=st.integers(0, 2**32),
    grid=st.sampled_from([0, 1, 8]),
    parted=st.sampled_from([1, 5, 1 << 13]),
)
def test_places_of_many_rows_products_are_those_of_the_whole(many, seed, grid, parted):
    random = np.random.default_rng(seed)
    matrix = sp.random_array((9, 7), density=0.4, format="csr", rng=random)
    n = random.integers(40)
    rows, columns = random.integers(9, size=(2, n))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(places, "MANY", many)
        patch.setattr(places, "GRID", grid)
        patch.setattr(places, "PARTED", parted)
        sparse, dense = sparse_gram_at(matrix, rows, columns), gram_at(matrix.toarray(), rows, columns)
    for found in (sparse, dense):
        np.testing.assert_allclose(found, (matrix @ matrix.T).toarray()[rows, columns], atol=1e-12)


@given(st.sets(st.integers(0, 20)), st.lists(st.integers(-3, 25)))
def test_holds_is_a_look_into_the_set(keys, wanted):
    found = holds(np.array(sorted(keys), dtype=int), np.array(wanted, dtype=int))
    assert found.tolist() == [number in keys for number in wanted]
