"""The overview of made-up tables: it says what it leaves out, and shows odd names as they are."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import make_overview
from conftest import ROOT
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.report import charts

TEMPLATE = f"--template={ROOT}/workflow/report/overview.html.j2"


@pytest.mark.parametrize("content", ["", "model,strict_mse\n", "mod", "other,strict_mse\n1,2\n"])
def test_cut_table_is_told(tmp_path, content):
    (tmp_path / "table1.csv").write_text(content)
    with pytest.raises(InputError, match=r"table1.csv: .* delete it and run again"):
        make_overview.main([f"--table1={tmp_path}/table1.csv", TEMPLATE, f"--output={tmp_path}/overview.html"])
    assert not (tmp_path / "overview.html").exists()


def test_a_cell_has_the_words_of_its_row_as_a_shell_takes_them():
    table = pd.DataFrame({"task": ["region"], "model": ["a b"], "mean": [0.51234], "fold0": [0.5], "valid": [0.4]})
    shown = make_overview.rows_of(
        make_overview.Shown(table, Path("my results/cv.csv"), ("model", "task"), r"mean|fold\d")
    )
    assert shown["file"] == "'my results/cv.csv'" and shown["traced"] == [False, False, True, True, False]
    assert shown["rows"] == [("'a b' region", ["region", "a b", "0.5123", "0.5", "0.4"])]
    plain = make_overview.rows_of(make_overview.Shown(table))
    assert plain["file"] is None and not any(plain["traced"])


def test_names_are_text_whatever_they_look_like(tmp_path):
    name = "<!-- <script>alert('x')</script>"
    row = {"user_id": 2, "rank": 1, "artist_id": 5, "artist": name, "score": 1.0, "predicted_liking": 0.5}
    recommended = pd.DataFrame([row | {"listens": [], "friends": []}])
    tables.write(tmp_path / "artists.parquet", recommended, tables.RECOMMENDED_ARTISTS, "generated")
    content = make_overview.recommendations(tmp_path / "artists.parquet", None)["json"]
    assert "<" not in content and json.loads(content)["artists"] == {"5": name}


def test_every_region_is_in_every_confusion():
    rows = pd.DataFrame({"region": [0, 0, 1, 2]})
    figure = charts.confusion({"majority": rows.assign(predicted=0), "blend": rows.assign(predicted=[0, 1, 1, 2])})
    assert [(one.name, one.visible) for one in figure.data] == [("blend", True), ("majority", False)]
    assert figure.data[0].z.tolist() == [[0.5, 0.5, 0], [0, 1, 0], [0, 0, 1]]
    assert figure.data[1].z.tolist() == [[1, 0, 0]] * 3 and list(figure.data[1].x) == [0, 1, 2]


@pytest.mark.parametrize(
    ("content", "message"), [("<html>", "no report of Snakemake"), (None, "No such file or directory")]
)
def test_what_is_no_report_is_left_alone(tmp_path, content, message):
    if content:
        (tmp_path / "made.html").write_text(content)
    done = subprocess.run(
        [sys.executable, ROOT / "workflow/open_pages.py", tmp_path / "made.html", tmp_path / "report.html"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and message in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "report.html").exists()
    assert not content or (tmp_path / "made.html").read_text() == content
