"""Splits, scores and statistics of the leaderboard, by hand and over random inputs."""

import json
from importlib import import_module

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import evaluate_ranking
import make_ranking_splits
import peek_ranking
import rank_listens
from conftest import identity
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.liking.splits import ranking_split
from lastfm_gnn.metrics.activity import thirds
from lastfm_gnn.metrics.ranking import ranking_scores


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.integers(5, 60))
def test_ranking_split_parts_every_user(seed, most):
    random = np.random.default_rng(seed)
    rows = [(user, artist, 1 + artist) for user in range(8) for artist in range(random.integers(1, most + 1))]
    listens = pd.DataFrame(rows, columns=["user_id", "artist_id", "count"])
    parts = ranking_split(listens, seed)
    assert sum(map(len, parts.values())) == len(pd.concat(parts.values()).drop_duplicates(["user_id", "artist_id"]))
    n = listens.groupby("user_id").size()
    for part in ("valid", "test"):
        sizes = parts[part].groupby("user_id").size().reindex(n.index, fill_value=0)
        assert (sizes == (n + 5) // 10).all()
    shuffled = ranking_split(listens.sample(frac=1, random_state=1), seed)  # the order of rows changes nothing
    for part, frame in parts.items():
        assert set(frame.itertuples(index=False)) == set(shuffled[part].itertuples(index=False))


def test_ranking_scores_by_hand_and_by_scikit_learn():
    relevant = np.zeros((2, 40), dtype=bool)
    relevant[0, [3, 7]] = relevant[1, 39] = True
    best = np.tile(np.arange(20), (2, 1))
    rows = ranking_scores(relevant, best, np.arange(40))
    ndcg = (1 / np.log2(5) + 1 / np.log2(9)) / (1 + 1 / np.log2(3))
    assert rows.recall_10.tolist() == [1, 0] and rows.hit_20.tolist() == [1, 0]
    assert rows.ndcg_10[0] == pytest.approx(ndcg) and rows.mrr_10.tolist() == [0.25, 0]
    assert rows.popularity_10.tolist() == [4.5, 4.5]

    metrics = import_module("sklearn.metrics")
    random = np.random.default_rng(0)
    relevant, scores = random.random((30, 50)) < 0.1, random.random((30, 50))
    relevant[relevant.sum(1) == 0, 0] = True
    rows = ranking_scores(relevant, np.argsort(-scores)[:, :20], np.arange(50))
    for k in (10, 20):
        expected = [
            metrics.ndcg_score(row[None].astype(int), of[None], k=k) for row, of in zip(relevant, scores, strict=True)
        ]
        np.testing.assert_allclose(rows[f"ndcg_{k}"], expected)


def test_thirds_keep_equal_values_together():
    assert thirds(np.arange(9)).tolist() == ["cold"] * 3 + ["medium"] * 3 + ["hot"] * 3
    assert len(set(thirds(np.ones(5)))) == 1


def test_ranking_from_tables_to_metrics(tiny_tables, tmp_path):
    split = tmp_path / "split"
    make_ranking_splits.main([f"--listens={tiny_tables}/listens.parquet", "--seed=0", f"--output-folder={split}"])
    parts = [f"--{part}={split}/{part}.parquet" for part in ("train", "valid")]
    users, artists = (f"--{name}={tiny_tables}/{name}.parquet" for name in ("users", "artists"))
    rank_listens.main(
        [users, artists, *parts, "--league=listens", "--model=popularity", "--seed=0", f"--output-folder={tmp_path}"]
    )
    with pytest.raises(InputError, match="needs --friends and --tag-assignments"):
        rank_listens.main(
            [users, artists, *parts, "--league=side", "--model=popularity", "--seed=0", f"--output-folder={tmp_path}"]
        )
    evaluate_ranking.main(
        [
            *(artists, *parts, f"--test={split}/test.parquet", f"--best={tmp_path}/best.parquet"),
            f"--output-folder={tmp_path}",
        ]
    )
    best = pd.read_parquet(tmp_path / "best.parquet").set_index("user_id").artists
    train = pd.read_parquet(split / "train.parquet")
    for user, artist in zip(train.user_id, train.artist_id, strict=True):
        assert artist not in best[user][: 60 - (train.user_id == user).sum()]
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["recall_10"] <= metrics["recall_20"] <= metrics["hit_20"] and 0 < metrics["coverage_20"] <= 1
    assert 0 < metrics["novelty_10"] <= metrics["novelty_20"] and 0 < metrics["similarity_20"] <= 1


def test_a_peek_has_the_scores_of_the_run_at_its_step(tiny_tables, tmp_path):
    split = tmp_path / "split"
    make_ranking_splits.main([f"--listens={tiny_tables}/listens.parquet", "--seed=0", f"--output-folder={split}"])
    parts = [f"--{part}={split}/{part}.parquet" for part in ("train", "valid")]
    users, artists = (f"--{name}={tiny_tables}/{name}.parquet" for name in ("users", "artists"))
    test, run = f"--test={split}/test.parquet", f"--run={tmp_path}/run.json"
    shared = [users, artists, *parts, "--league=listens", "--seed=0", f"--output-folder={tmp_path}"]
    shared.append(identity("ranking", "mine", "strict_0"))
    grid = {"dimensions": [8], "layers": [2], "learning_rate": [0.05], "weight_decay": [0.001], "steps": [50]}
    steps = f"--steps={tmp_path}/steps.parquet"
    rank_listens.main([*shared, "--model=lightgcn", f"--grid={json.dumps(grid)}", steps])
    evaluate_ranking.main([artists, *parts, test, f"--best={tmp_path}/best.parquet", f"--output-folder={tmp_path}"])
    options = [users, artists, parts[1], test, run, steps, f"--output={tmp_path}/peek.csv"]
    peek_ranking.main(options)
    trials, peek = (pd.read_csv(tmp_path / f"{name}.csv") for name in ("trials", "peek"))
    assert peek.columns.tolist() == ["model", "seed", "step", "valid_ndcg_10", "test_ndcg_10"]
    assert peek.step.tolist() == trials.step.tolist() == [20, 40, 50]
    np.testing.assert_allclose(peek.valid_ndcg_10, trials.valid_ndcg_10)
    record, metrics = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("run", "metrics"))
    assert record["trials"] == 3 and record["valid"]["ndcg_10"] == pytest.approx(trials.valid_ndcg_10.max())
    chosen = peek[peek.step == record["settings"]["step"]].test_ndcg_10.item()
    assert chosen == pytest.approx(metrics["ndcg_10"])

    with pytest.raises(InputError, match="--steps: popularity is not measured at several steps"):
        rank_listens.main([*shared, "--model=popularity", steps])
    rank_listens.main([*shared, "--model=popularity"])
    with pytest.raises(InputError, match="not a model that is measured at several steps"):
        peek_ranking.main(options)


def write_listens(folder, pairs):
    """Tables of these users and artists, and the ranking split."""
    listens = pd.DataFrame(pairs, columns=["user_id", "artist_id"]).assign(count=1, liking=1.0)
    for name, column in (("users", "user_id"), ("artists", "artist_id")):
        frame = listens[[column]].drop_duplicates().assign(name="", url="", picture_url="")
        schema = getattr(tables, name.upper())
        tables.write(folder / f"{name}.parquet", frame[schema.names], schema, "generated")
    tables.write(folder / "listens.parquet", listens, tables.LISTENS, "generated")
    make_ranking_splits.main([f"--listens={folder}/listens.parquet", "--seed=0", f"--output-folder={folder}"])
    return [f"--{name}={folder}/{name}.parquet" for name in ("users", "artists", "train", "valid")]


def test_lists_are_longer_where_a_user_has_many_artists_in_valid(tmp_path):
    inputs = write_listens(tmp_path, [(1, artist) for artist in range(1000)] + [(2, a) for a in range(900, 1100)])
    rank_listens.main([*inputs, "--league=listens", "--model=popularity", "--seed=0", f"--output-folder={tmp_path}"])
    best = pd.read_parquet(tmp_path / "best.parquet").artists
    assert best.map(len).tolist() == [100 + 20] * 2  # those of valid are not ranked again on test


def test_ranking_tells_whom_too_few_artists_are_left(tmp_path):
    with pytest.raises(InputError, match=r"leave user 1 only 13 artists, of whom 20 are ranked; give .* leaderboard"):
        write_listens(tmp_path, [(1, artist) for artist in range(30)] + [(2, artist) for artist in range(20, 40)])
