"""The filter's lists as they are have the scores of its run; moved, they become rarer or less alike."""

import json
from types import SimpleNamespace

import pandas as pd
import pytest

import evaluate_ranking
import make_diversity
import make_ranking_splits
import rank_listens
from conftest import identity
from lastfm_gnn.core.program import InputError

FILTER = {"cut": [8], "order": [3], "damping": [0.25], "popularity": [0.1], "friends": [0.2]}


@pytest.fixture(scope="module")
def ranked(tiny_tables, tmp_path_factory):
    """options, of make_diversity; folders of two evaluated runs: graph_filter, which knows friends; popularity."""
    folder = tmp_path_factory.mktemp("ranked")
    make_ranking_splits.main([f"--listens={tiny_tables}/listens.parquet", "--seed=3", f"--output-folder={folder}"])
    tables = [f"--{name}={tiny_tables}/{name}.parquet" for name in ("users", "artists", "friends")]
    tables.append(f"--tag-assignments={tiny_tables}/tag_assignments.parquet")
    train, valid, _ = parts = [f"--{part}={folder}/{part}.parquet" for part in ("train", "valid", "test")]
    for model, league, grid in (("graph_filter", "friends", FILTER), ("popularity", "listens", {})):
        run = folder / model
        shared = [f"--league={league}", "--seed=3", identity("ranking", model, "strict_3"), f"--output-folder={run}"]
        rank_listens.main([*tables, train, valid, f"--model={model}", f"--grid={json.dumps(grid)}", *shared])
        evaluate_ranking.main([tables[1], *parts, f"--best={run}/best.parquet", f"--output-folder={run}"])
    return SimpleNamespace(
        graph_filter=folder / "graph_filter", popularity=folder / "popularity", options=[*tables, *parts]
    )


def test_the_filter_as_it_is_has_the_scores_of_its_run_and_moved_lists_are_varied(ranked, tmp_path):
    outputs = [f"--output={tmp_path}/diversity.csv", f"--figure={tmp_path}/diversity.png"]
    runs = [f"--filter-run={ranked.graph_filter}/run.json", f"--runs={ranked.popularity}"]
    make_diversity.main([*ranked.options, *runs, '--kinds={"popularity": "baseline"}', *outputs])
    table = pd.read_csv(tmp_path / "diversity.csv")
    assert (table.data == "generated").all() and table.model.tolist() == ["graph_filter"] * 17 + ["popularity"]
    whole, popularity = ranked.graph_filter, ranked.popularity
    for row, folder in ((table.iloc[0], whole), (table.iloc[9], whole), (table.iloc[-1], popularity)):
        metrics = json.loads((folder / "metrics.json").read_text())
        for name in ("ndcg_20", "coverage_20", "novelty_20", "similarity_20"):
            assert row[name] == pytest.approx(metrics[name], abs=1e-6)
    tilted, varied = table[table.tilt.notna()], table[table.variety.notna()]
    assert tilted.tilt.is_monotonic_decreasing and tilted.novelty_20.iloc[-1] > tilted.novelty_20.iloc[0]
    assert varied.variety.is_monotonic_increasing and varied.similarity_20.iloc[-1] < varied.similarity_20.iloc[0]
    assert (tmp_path / "diversity.png").stat().st_size > 10_000 and (tmp_path / "diversity.svg").exists()


def test_runs_that_say_too_little_are_told(ranked, tmp_path):
    outputs = [f"--output={tmp_path}/diversity.csv", f"--figure={tmp_path}/diversity.png"]
    options = [
        *ranked.options,
        f"--filter-run={ranked.graph_filter}/run.json",
        f"--runs={ranked.popularity}",
        *outputs,
    ]
    with pytest.raises(InputError, match="--kinds says nothing of popularity"):
        make_diversity.main(options)
    with pytest.raises(InputError, match="the league friends needs --friends and --tag-assignments"):
        make_diversity.main([one for one in options if not one.startswith("--friends")])
    assert not list(tmp_path.iterdir())
