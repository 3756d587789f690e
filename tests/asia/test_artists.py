"""Artists of users: folds, models, evaluation and summary, scripts through main()."""

import json

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from scipy.stats import ttest_rel

import blend_scores
import choose_artists
import evaluate_artists
import make_folds
import rank_artists
import select_settings
import summarise_cv
import train_user_network
from conftest import identity
from lastfm_gnn.asia.artist_models import pagerank_region_mean
from lastfm_gnn.asia.artist_models.pagerank_region_mean import region_shares
from lastfm_gnn.asia.problems import ArtistProblem
from lastfm_gnn.asia.users import ArtistPart, AsiaUsers, read_scores, write_scores
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.data.friendships import FriendGraph

PARTS = ("train", "valid", "test")


def test_folds_of_artists_are_over_users_with_a_list_and_keep_empty_ones(asia_tables):
    parts = [
        tables.read(asia_tables / "artists" / "fold_2" / f"{part}.parquet", tables.USER_ARTISTS)
        for part in ("train", "valid", "test")
    ]
    users = pd.concat(parts).set_index("user_id")
    assert sorted(users.index) == list(range(100))
    assert len(users.artists[3]) == 0
    likes = tables.read(asia_tables / "likes.parquet", tables.LIKES)
    assert sorted(users.artists[7]) == sorted(likes.artist_id[likes.user_id == 7])


def test_chosen_artists_are_the_most_liked_in_the_order_of_ids(asia_tables):
    chosen = tables.read(asia_tables / "artists_20.parquet", tables.CHOSEN_ARTISTS).artist_id.tolist()
    count = tables.read(asia_tables / "likes.parquet", tables.LIKES).artist_id.value_counts()
    assert chosen == sorted(chosen) and len(chosen) == 20
    assert count[chosen].min() >= count.drop(chosen).max()


def options(folder, fold="fold_0"):
    return [
        f"--users={folder}/users.parquet",
        f"--friendships={folder}/friendships.parquet",
        f"--train={folder}/artists/{fold}/train.parquet",
        f"--valid={folder}/artists/{fold}/valid.parquet",
    ]


def evaluate(folder, run, protocol):
    count = 7842 if protocol == "strict" else 20
    evaluate_artists.main(
        [
            *(option for option in options(folder) if "--train" not in option),
            f"--artists={folder}/artists_{count}.parquet",
            *([f"--top={folder}/artists_20.parquet"] if protocol == "strict" else []),
            f"--scores={run}/scores.npz",
            f"--test={folder}/artists/fold_0/test.parquet",
            f"--protocol={protocol}",
            "--title=a test",
            f"--output-folder={run}",
        ]
    )
    return json.loads((run / "metrics.json").read_text())


SETTINGS = {
    "layer": "gat",
    "heads": 2,
    "hidden": [8, 8],
    "dense": [8],
    "last": "linear",
    "dropout": 0.1,
    "learning_rate": 0.02,
    "weight_decay": 0.0,
    "epochs": 10,
    "hidden_share": 0.3,
}


@pytest.fixture(scope="module")
def runs(asia_tables, tmp_path_factory):
    """{model: metrics} of runs on fold 0, and their folder."""
    folder = tmp_path_factory.mktemp("runs") / "artists_7842" / "full"
    metrics = {}
    grids = {
        "likes_nothing": {},
        "popularity": {},
        "neighbour_mean": {"shrinkage": [1, 4]},
        "pagerank_mean": {"restart": [0.15], "shrinkage": [0.03]},
        "pagerank_region_mean": {"restart": [0.15], "shrinkage": [0.03], "alpha": [0.7], "region_shrinkage": [2]},
        "taste_ridge": {"dimensions": [4], "width": [2], "penalty": [1]},
        "taste_network": {
            "dimensions": [4],
            "hidden": [16],
            "dropout": [0.2],
            "learning_rate": [0.01],
            "weight_decay": [0.01],
            "hidden_share": [0.3],
            "epochs": [20],
            "members": [1],
        },
    }
    for model, grid in grids.items():
        run = folder / model / "strict_0"
        arguments = [f"--model={model}", f"--grid={json.dumps(grid)}", f"--output-folder={run}"]
        arguments.append(identity("artists_7842", model, "strict_0", features="full"))
        arguments += ["--regions", *(f"{asia_tables}/region/fold_0/{part}.parquet" for part in ("train", "valid"))]
        rank_artists.main([*options(asia_tables), f"--embedding={asia_tables}/netmf.npy", *arguments])
        metrics[model] = evaluate(asia_tables, run, "strict")
    for protocol, extra in (("strict", {}), ("published", {"last": "graph", "dense": [], "second_sigmoid": True})):
        task = "artists_7842" if protocol == "strict" else "artists_20"
        run = folder.parents[1] / task / "full" / "gat_2" / f"{protocol}_0"
        settings = json.dumps(SETTINGS | extra)
        arguments = ["--task=artists", f"--protocol={protocol}", f"--settings={settings}", "--seed=0"]
        arguments.append(f"--artists={asia_tables}/{task}.parquet")
        arguments.append(identity(task, "gat_2", f"{protocol}_0", features="full"))
        train_user_network.main([*options(asia_tables), *arguments, f"--output-folder={run}"])
        metrics[f"gat_2_{protocol}"] = evaluate(asia_tables, run, protocol)
    run = folder / "blend" / "strict_0"
    blended = ["likes_nothing", "neighbour_mean"]
    blend_scores.main(
        [
            "--task=artists",
            *(option for option in options(asia_tables) if "--train" not in option),
            "--models",
            *blended,
            "--scores",
            *(f"{folder}/{model}/strict_0/scores.npz" for model in blended),
            identity("artists_7842", "blend", "strict_0", features="full"),
            f"--output-folder={run}",
        ]
    )
    metrics["blend"] = evaluate(asia_tables, run, "strict")
    return metrics, folder


def test_neighbours_beat_popularity_and_blend_keeps_them(runs):
    metrics, _ = runs
    assert metrics["neighbour_mean"]["ndcg_20"] > metrics["popularity"]["ndcg_20"]
    assert metrics["pagerank_region_mean"]["ndcg_20"] > metrics["popularity"]["ndcg_20"]
    assert metrics["taste_ridge"]["ndcg_20"] > metrics["popularity"]["ndcg_20"]
    assert metrics["taste_network"]["ndcg_20"] > metrics["popularity"]["ndcg_20"]
    assert metrics["likes_nothing"]["micro_f1"] == 0
    assert metrics["blend"]["ndcg_20"] == pytest.approx(metrics["neighbour_mean"]["ndcg_20"], abs=0.01)
    assert metrics["gat_2_strict"]["average_precision"] > metrics["popularity"]["average_precision"]


def test_recall_is_that_of_the_predictions_and_the_test_lists(runs, asia_tables):
    metrics, folder = runs
    lists = tables.read(asia_tables / "artists/fold_0/test.parquet", tables.USER_ARTISTS)
    chosen = set(tables.read(asia_tables / "artists_20.parquet", tables.CHOSEN_ARTISTS).artist_id)
    of_model = metrics["neighbour_mean"]
    for name, among, recall_20 in (
        ("", set(range(7842)), of_model["recall_20"]),
        ("_artists_20", chosen, of_model["artists_20"]["recall_20"]),
    ):
        path = folder / f"neighbour_mean/strict_0/predictions{name}.parquet"
        rows = tables.read(path, tables.ARTIST_PREDICTIONS)
        assert rows.user_id.tolist() == lists.user_id.tolist()
        liked = [set(artists) & among for artists in lists.artists]
        recalls = [len(set(best[:20]) & own) / len(own) for best, own in zip(rows.best, liked, strict=True) if own]
        assert np.mean(recalls) == pytest.approx(recall_20)


def test_summary_tests_the_mean_over_users(runs):
    _, folder = runs
    kinds = {"likes_nothing": "baseline", "popularity": "baseline", "gat_2": "graph_network"}
    entries = {model: {"kind": kind, "members": None} for model, kind in kinds.items()}
    runs_of_models = summarise_cv.read_runs(
        [
            *(folder / name for name in ("likes_nothing/strict_0", "popularity/strict_0", "gat_2/strict_0")),
            folder.parents[1] / "artists_20/full/gat_2/published_0",
        ],
        {"artists": {"strict": entries, "published": entries}},
    )
    table = summarise_cv.summarise(runs_of_models, {})
    assert table.task.drop_duplicates().tolist() == ["artists_7842", "artists_20"]
    assert set(table.metric) == set(summarise_cv.ARTIST_METRICS)
    table = summarise_cv.comparisons(runs_of_models)
    assert set(table.metric) == set(summarise_cv.COMPARED) - {"accuracy"}
    row = table[(table.task == "artists_20") & (table.protocol == "published")].set_index("metric").loc["ndcg_20"]
    assert (row.against, row.other) == ("baseline", "popularity")
    users = [
        tables.read(path, tables.ARTIST_PREDICTIONS).set_index("user_id").ndcg_20.dropna()
        for path in (
            folder.parents[1] / "artists_20/full/gat_2/published_0/predictions.parquet",
            folder / "popularity/strict_0/predictions_artists_20.parquet",
        )
    ]
    assert row.difference == pytest.approx(users[0].mean() - users[1].mean())
    assert row.p == pytest.approx(ttest_rel(*users).pvalue)


def fold_problem(asia_tables):
    """The test part of fold 0, from every region but its own, and the likes of the train part."""
    users = AsiaUsers(asia_tables / "users.parquet", asia_tables / "friendships.parquet")
    region = users.labels(*(users.region_part(asia_tables / f"region/fold_0/{part}.parquet") for part in PARTS))
    train, _, test = (users.artist_part(asia_tables / f"artists/fold_0/{part}.parquet") for part in PARTS)
    region[test.rows] = -1
    return ArtistProblem(users.graph, users.embedding(asia_tables / "netmf.npy"), train, test.rows, region)


def test_region_shares_are_sure_of_known_regions_and_sum_to_one(asia_tables):
    problem = fold_problem(asia_tables)
    shares = region_shares(problem, 0.7)
    assert shares.sum(1) == pytest.approx(np.ones(120))
    known = np.setdiff1d(np.arange(120), problem.rows)
    assert (shares[known, problem.region[known]] == 1).all()
    assert shares[problem.rows].max() < 1


def test_pagerank_region_mean_of_a_user_without_friends_is_the_popularity_of_everybody_by_region():
    # user 3 has no friend; regions 0 and 1 are equally frequent; their likes are of artists 0 and 1
    graph = FriendGraph(np.arange(4), pd.DataFrame({"user_id": [0], "friend_id": [1]}))
    likes = sp.csr_array(np.array([[1, 0], [0, 1]], dtype=np.float32))
    settings = pagerank_region_mean.Settings(restart=0.15, shrinkage=0.03, alpha=0.7, region_shrinkage=1)

    def scores(known, region):
        known = ArtistPart(np.array(known), likes=likes)
        problem = ArtistProblem(graph, np.zeros((4, 2)), known, np.array([3]), np.array(region))
        return pagerank_region_mean.fit(problem, settings, 0)

    # of a region: (1 + .5) / 2 and (0 + .5) / 2, of both alike: .5
    assert scores([0, 1], [0, 1, -1, -1]) == pytest.approx(np.array([[0.5, 0.5]]))
    # regions' shares 2/3 and 1/3: 2/3 · .75 + 1/3 · .25
    assert scores([0, 2], [0, 0, 1, -1]) == pytest.approx(np.array([[7 / 12, 5 / 12]]))


def test_select_settings_takes_the_best_and_the_first_of_equals(tmp_path):
    for trial, score in enumerate([0.3, 0.7, 0.7]):
        run = {"valid": {"ndcg_20": score}, "tried": {"learning_rate": trial}}
        (tmp_path / f"{trial}.json").write_text(json.dumps(run))
    runs = [str(tmp_path / f"{trial}.json") for trial in range(3)]
    select_settings.main(["--runs", *runs, f"--output={tmp_path}/selected.json"])
    assert json.loads((tmp_path / "selected.json").read_text())["settings"] == {"learning_rate": 1}


def test_scores_of_other_users_or_a_cut_file_are_refused(tmp_path):
    path = tmp_path / "scores.npz"
    nobody = np.array([]), np.empty((0, 1))
    with pytest.raises(InputError, match="a score is no number; lower the learning rate"):
        write_scores(path, np.array([4, 2]), np.array([[0.1], [np.nan]]), *nobody)
    write_scores(path, np.array([4, 2]), np.array([[0.1], [0.9]]), *nobody)
    assert read_scores(path, np.array([2, 4]))[:, 0].tolist() == pytest.approx([0.9, 0.1])
    with pytest.raises(InputError, match="other users"):
        read_scores(path, np.array([2, 5]))
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(InputError, match="not readable scores"):
        read_scores(path, np.array([2, 4]))


def test_no_user_with_a_list_is_told(asia_tables, tmp_path):
    users = tables.read(asia_tables / "users.parquet", tables.ASIA_USERS)
    tables.write(tmp_path / "users.parquet", users.assign(list_known=False), tables.ASIA_USERS, "generated")
    arguments = [f"--{name}={asia_tables}/{name}.parquet" for name in ("likes", "regions")]
    arguments += ["--split=fold_0", f"--output-folder={tmp_path}/fold"]
    with pytest.raises(InputError, match=r"0 users to part; asia\.features"):
        make_folds.main(["--task=artists", f"--users={tmp_path}/users.parquet", *arguments])


def test_dense_layers_after_the_outputs_are_refused(asia_tables, tmp_path):
    arguments = ["--task=artists", "--protocol=strict", "--seed=0", f"--output-folder={tmp_path}"]
    settings = f"--settings={json.dumps(SETTINGS | {'last': 'graph'})}"
    with pytest.raises(InputError, match="last: graph"):
        artists = f"--artists={asia_tables}/artists_20.parquet"
        train_user_network.main([*options(asia_tables), *arguments, settings, artists])


def test_more_artists_than_there_are_is_refused(asia_tables, capsys):
    with pytest.raises(SystemExit):
        choose_artists.main([f"--likes={asia_tables}/likes.parquet", "--count=9000", "--output=never.parquet"])
    assert "9000" in capsys.readouterr().err


def test_others_are_those_with_a_list_in_no_part(asia_tables):
    users = AsiaUsers(asia_tables / "users.parquet", asia_tables / "friendships.parquet")
    train, valid, test = (
        users.artist_part(asia_tables / "artists/fold_0" / f"{part}.parquet") for part in ("train", "valid", "test")
    )
    assert users.others(users.list_known, train, valid).tolist() == test.rows.tolist()
    known = users.known_likes(train, valid)
    assert known[test.rows].nnz == 0
    assert (known[train.rows] != train.likes).nnz == 0
