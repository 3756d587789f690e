"""Maximal marginal relevance, by hand."""

import numpy as np
import pytest
import scipy.sparse as sp

from lastfm_gnn.metrics.diversity import unit_listeners
from lastfm_gnn.ranking.variety import varied

# artists 0, 1 and 2 have the same two listeners, 3 one of them and another, 4 somebody else
UNIT = unit_listeners(sp.csr_array(np.array([[1, 1, 1, 1, 0], [1, 1, 1, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1]])))
SCORES = np.array([5.0, 4.0, 3.0, 2.0, 1.0])  # 1, .75, .5, .25 and 0


@pytest.mark.parametrize(
    ("variety", "expected"),
    [
        (0, [0, 1, 2, 3, 4]),
        # after 0: .45 - .4, .3 - .4, .15 - .2, 0; of 1 and 2 nothing changes: 4 comes third by 0 to -.05
        (0.4, [0, 1, 4, 3, 2]),
        # after 0: .15 - .8, .1 - .8, .05 - .4, 0
        (0.8, [0, 4, 3, 1, 2]),
    ],
)
def test_by_hand(variety, expected):
    assert varied(SCORES, UNIT, 5, variety).tolist() == expected
    assert varied(SCORES, UNIT, 2, variety).tolist() == expected[:2]


def test_who_may_not_be_recommended_comes_last_and_nobody_twice():
    scores = np.array([2.0, -np.inf, 1.0, -np.inf, 1.5])
    places = varied(scores, UNIT, 5, 0.8).tolist()
    assert places[0] == 0 and set(places[:3]) == {0, 2, 4} and set(places[3:]) == {1, 3}
    assert sorted(varied(np.full(5, -np.inf), UNIT, 5, 0.8).tolist()) == [0, 1, 2, 3, 4]
    assert varied(np.ones(5), UNIT, 2, 0.5).tolist() == [0, 4]  # equal scores: whoever is not alike
