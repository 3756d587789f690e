"""How varied lists are, by hand and pair by pair."""

from itertools import combinations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from lastfm_gnn.metrics import diversity as measures
from lastfm_gnn.metrics.diversity import diversity, novelty, similarity

# artist 0 has four listeners, 1 the first two of them, 2 the third, 3 the last two, 4 nobody
LISTENS = sp.csr_array(np.array([[9, 1, 0, 0, 0], [1, 1, 0, 0, 0], [1, 0, 5, 1, 0], [1, 0, 0, 2, 0]]))


def test_diversity_by_hand():
    lists = np.array([[0, 1, 3], [2, 3, 4]])
    assert novelty(lists, LISTENS) == pytest.approx([(0 + 1 + 1) / 3, (2 + 1 + 2) / 3])
    half = 1 / np.sqrt(2)  # of 0 and 1, of 0 and 3: two shared, of four and two; of 2 and 3: one, of one and two
    assert similarity(lists, LISTENS) == pytest.approx([(half + half + 0) / 3, (half + 0 + 0) / 3])
    means = {"coverage": 1, "novelty": 7 / 6, "similarity": half / 2}
    assert diversity(lists, LISTENS) == pytest.approx(means)
    assert diversity(lists[:1], LISTENS)["coverage"] == pytest.approx(3 / 5)


@given(seed=st.integers(0, 2**32), block=st.integers(1, 200))
def test_similarity_is_the_mean_over_all_pairs_in_blocks_of_any_size(seed, block):
    random = np.random.default_rng(seed)
    users, artists, count = random.integers([1, 2, 2], [8, 12, 12])
    count = min(count, artists)
    listens = random.random((users, artists)) < random.random()
    lists = np.array([random.permutation(artists)[:count] for _ in range(6)])
    norm = np.maximum(np.sqrt(listens.sum(0)), 1)
    cosine = listens.T.astype(float) @ listens / np.outer(norm, norm)
    expected = [np.mean([cosine[one, other] for one, other in combinations(row, 2)]) for row in lists]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measures, "BLOCK", block)
        assert similarity(lists, sp.csr_array(listens)) == pytest.approx(expected, abs=1e-6)
