"""Figures as people see them."""

import xml.etree.ElementTree as ET

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


def test_the_same_data_are_the_same_files_and_svg_beside_png_where_asked_for(tmp_path):
    for name in ("one", "other"):
        with figure(tmp_path / f"{name}.png", "Ke$ha & <A$AP>", 1, vector=True) as (axes,):
            axes.plot([1, 2], [3, 4], label="a line")
            axes.legend()
    with figure(tmp_path / "alone.png", "no vectors", 1) as (axes,):
        axes.plot([1, 2])
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("alone.png", "one.png", "one.svg", "other.png", "other.svg")
    ]
    for form in ("png", "svg"):
        assert (tmp_path / f"one.{form}").read_bytes() == (tmp_path / f"other.{form}").read_bytes()
    assert ET.parse(tmp_path / "one.svg").getroot().tag == "{http://www.w3.org/2000/svg}svg"
