"""From a cell of a table to the runs that it is made of."""

import json

import pandas as pd
import pytest

import make_table1
import trace_number
from conftest import make_run
from lastfm_gnn.core.files import write_json
from lastfm_gnn.core.program import InputError


@pytest.fixture
def table(tiny_tables, tmp_path):
    """table1.csv of one run of a network, and the run's paths."""
    runs = tmp_path / "runs/table1/edge_weight"
    paths = make_run(tmp_path / "made", tiny_tables, "strict", "edge_weight")
    paths["evaluation"].rename((runs / "strict_0").parent.mkdir(parents=True) or runs / "strict_0")
    paths["run"].rename(runs / "strict_0/trial_0")
    metrics = runs / "strict_0/metrics.json"
    content = json.loads(metrics.read_text())
    content["identity"] |= {"model": "edge_weight", "protocol": "strict", "split": "strict_0", "trial": 0}
    write_json(metrics, content)
    make_table1.main(["--models=edge_weight", f"--metrics={metrics}", f"--output={tmp_path}/table1.csv"])
    return tmp_path / "table1.csv", runs / "strict_0", paths["split"]


def trace(table, *words, column="strict_mse"):
    trace_number.main([str(table), "--row", *(words or ["edge_weight"]), f"--column={column}"])


def test_what_fits_is_said_whole(table, capsys):
    path, run, split = table
    trace(path)
    said = capsys.readouterr().out
    score = json.loads((run / "metrics.json").read_text())["mse"]
    assert f"test mse: {score:.6f} in metrics.json, {score:.6f} from predictions.parquet" in said
    for part in ("train", "valid", "test"):
        assert f"{split}/{part}.parquet" in said
    assert said.count("as it was") == 3 and "torch" in said and "here: the same" in said
    assert "'learning_rate': 0.01" in said and "No longer fits" not in said


@pytest.mark.parametrize("broken", ["cell", "predictions", "data", "data_gone"])
def test_what_no_longer_fits_is_said(table, capsys, broken):
    path, run, split = table
    if broken == "cell":
        path.write_text(pd.read_csv(path).assign(strict_mse=0.5).to_csv(index=False))
        expected = "the table has 0.5"
    elif broken == "predictions":
        rows = pd.read_parquet(run / "predictions.parquet")
        rows.assign(predicted=rows.predicted + 1).to_parquet(run / "predictions.parquet")
        expected = "predictions.parquet gives"
    elif broken == "data":
        rows = pd.read_parquet(split / "train.parquet")
        rows.iloc[1:].to_parquet(split / "train.parquet")
        expected = "train.parquet is changed since"
    else:
        (split / "test.parquet").unlink()
        expected = "test.parquet is gone since"
    with pytest.raises(InputError, match="1 things no longer fit"):
        trace(path)
    assert expected in capsys.readouterr().out


def test_a_figure_that_its_runs_no_longer_give_does_not_fit(table, capsys):
    path, _, _ = table
    path.write_text(pd.read_csv(path).assign(strict_mse_sd=0.003).to_csv(index=False))
    with pytest.raises(InputError, match="1 things no longer fit"):
        trace(path, column="strict_mse_sd")
    assert "the table has 0.003, its runs give nan" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "column", "message"),
    [
        (["attention"], "strict_mse", "0 rows have --row attention"),
        (["edge_weight"], "strict_nonsense", "--column strict_nonsense: the table has data, model"),
        (["edge_weight"], "paper_mse", "--column paper_mse: not computed here"),
        (["edge_weight"], "published_mse", "has no published_mse"),
    ],
)
def test_what_cannot_be_traced_is_one_line(table, words, column, message):
    with pytest.raises(InputError, match=message):
        trace(table[0], *words, column=column)


def test_a_table_that_is_cut_or_of_no_runs_is_one_line(tmp_path):
    path = tmp_path / "winners.csv"
    path.write_text("")
    with pytest.raises(InputError, match="not a readable CSV"):
        trace(path, "a", column="mean")
    pd.DataFrame({"model": ["a"], "metric": ["mse"], "mean": [1]}).to_csv(path, index=False)
    with pytest.raises(InputError, match="not made of runs' test scores"):
        trace(path, "a", column="mean")


def test_rows_of_several_words_are_named(tmp_path):
    table = pd.DataFrame({"task": ["a", "a"], "model": ["x", "y"], "metric": ["mse", "mse"], "mean": [1, 2]})
    table.to_csv(tmp_path / "leaderboard.csv", index=False)
    with pytest.raises(
        InputError, match=r"2 rows have --row a mse; give words of one row, such as a x mse; or a y mse"
    ):
        trace(tmp_path / "leaderboard.csv", "a", "mse", column="mean")
