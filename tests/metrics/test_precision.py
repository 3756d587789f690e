"""Precision, recall and average precision are scikit-learn's, to the bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, precision_recall_curve

from lastfm_gnn.metrics.precision import average_precision, precision_recall


@given(
    rows=st.lists(st.tuples(st.booleans(), st.sampled_from([0.1, 0.2, 0.3, 0.5, 0.9]) | st.floats(0, 1)), min_size=1)
)
def test_curve_and_area_are_those_of_scikit_learn(rows):
    likes, scores = (np.array(part) for part in zip(*rows, strict=True))
    likes[0] = True
    for ours, theirs in zip(precision_recall(likes, scores), precision_recall_curve(likes, scores), strict=True):
        assert ours.tolist() == theirs.tolist()
    assert average_precision(likes, scores) == average_precision_score(likes, scores)


def test_by_hand():
    # a hit, a miss, a hit: (1 + 2/3) / 2
    assert average_precision(np.array([True, False, True]), np.array([0.9, 0.5, 0.1])) == pytest.approx(5 / 6)
    assert average_precision(np.array([False, False]), np.array([0.9, 0.5])) == 0
