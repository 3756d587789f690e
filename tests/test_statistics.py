"""Statistics of comparisons, by hand."""

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from lastfm_gnn.statistics import corrected_t


def test_corrected_t_by_hand():
    # mean 2, variance 1: t = 2 / sqrt(1 / 3 + 1 / 3) = sqrt(6); with 2 degrees of freedom p = 1 - t / sqrt(t² + 2)
    assert corrected_t(np.array([1.0, 2.0, 3.0]), 1 / 3) == pytest.approx(1 - np.sqrt(6 / 8))


def test_corrected_t_without_overlap_is_students_and_overlap_raises_p():
    differences = np.random.default_rng(0).normal(0.5, 1, 6)
    student = corrected_t(differences, 0)
    assert student == pytest.approx(ttest_1samp(differences, 0).pvalue)
    assert student < corrected_t(differences, 0.1) < corrected_t(differences, 0.25)
    assert corrected_t(-differences, 0.1) == pytest.approx(corrected_t(differences, 0.1))


def test_corrected_t_of_equal_differences_or_too_few():
    assert corrected_t(np.zeros(5), 0.25) == 1
    assert corrected_t(np.full(5, 0.5), 0.25) == 0
    assert np.isnan(corrected_t(np.array([0.3]), 0.25))
