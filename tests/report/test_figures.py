"""Figures as people see them."""

import pytest

from lastfm_gnn.core.plotting import figure


@pytest.mark.parametrize("high", [0.03, 5, 1e6])
def test_numbers_on_log_axes_are_plain(tmp_path, high):
    with figure(tmp_path / "one.png", "Ke$ha and A$AP", 1) as (axes,):
        axes.loglog([1, 1000], [0.012, high])
    labels = [tick.get_text() for axis in (axes.xaxis, axes.yaxis) for tick in axis.get_ticklabels(which="both")]
    shown = [float(label) for label in labels if label]
    assert len(shown) >= 4 and "$" not in "".join(labels)
    assert axes.figure.get_suptitle() == "Ke$ha and A$AP" and (tmp_path / "one.png").stat().st_size > 5_000
