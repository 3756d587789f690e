"""Scripts from tables to test errors, called as a user calls them."""

import json

import numpy as np
import pandas as pd
import pytest

import build_tables
import evaluate_model
import generate_dataset
from conftest import make_run
from lastfm_gnn.core.checkpoints import load
from lastfm_gnn.core.program import InputError
from lastfm_gnn.core.settings import read_settings
from lastfm_gnn.data.tables import DIRECTED_PAIRS, PAIRS, write
from lastfm_gnn.liking.baselines import bias
from lastfm_gnn.table1 import models
from lastfm_gnn.table1.models import build_model

PAIRS_OF = {"strict": PAIRS, "user_to_artist": PAIRS, "leak_free": PAIRS, "published": DIRECTED_PAIRS}


@pytest.mark.parametrize(
    ("protocol", "variant"),
    [
        ("published", "augmentation"),
        ("leak_free", "attention"),
        ("user_to_artist", "attention"),
        ("strict", "attention"),
    ],
)
def test_predictions_recompute_the_metrics(tiny_tables, tiny_listens, tmp_path, protocol, variant):
    paths = make_run(tmp_path, tiny_tables, protocol, variant)
    metrics = json.loads((paths["evaluation"] / "metrics.json").read_text())
    rows = pd.read_parquet(paths["evaluation"] / "predictions.parquet")
    error = rows.predicted - rows.liking
    assert metrics["mse"] == pytest.approx((error**2).mean(), rel=1e-12)
    assert metrics["mae"] == pytest.approx(error.abs().mean(), rel=1e-12)
    # ids and scores are those of the raw file
    again = rows.merge(tiny_listens, on=["user_id", "artist_id"], suffixes=("", "_raw"))
    assert len(again) == len(rows)
    assert (again.liking == again.liking_raw).all()
    directed = ["direction"] if protocol in ("published", "leak_free") else []
    assert list(rows) == ["user_id", "artist_id", "liking", *directed, "predicted"]
    assert len(rows) == (120 if directed else 60)
    assert (paths["evaluation"] / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_run_records_what_it_did(tiny_tables, tmp_path):
    paths = make_run(tmp_path, tiny_tables, "strict", "edge_weight", input="embedding")
    run = json.loads((paths["run"] / "run.json").read_text())
    assert run["device"] == "cpu"
    names = {"task": "table1", "model": "edge_weight", "split": "strict_0"}
    names |= {
        "predictor": "network",
        "source": "generated",
        "variant": "edge_weight",
        "protocol": "strict",
        "seed": 0,
    }
    assert run["identity"] == names
    assert run["settings"] == {
        "input": "embedding",
        "hidden": 4,
        "processes": 1,
        "decay": 0.9,
        "epochs": 2,
        "batch_size": 30,  # a sixteenth of the 480 training pairs, though 64 are wanted
        "neighbours": "auto",
        "learning_rate": 0.01,
        "weight_decay": 0.01,
    }
    history = pd.read_csv(paths["run"] / "history.csv")
    assert run["best_epoch"] == history.epoch[history.valid_mse.idxmin()]
    assert run["valid"]["mse"] == history.valid_mse.min()
    assert set(run["data_sha256"]) == {f"{paths['split']}/{part}.parquet" for part in ("train", "valid")}
    assert set(run["git_commit"]) <= set("0123456789abcdef+") or run["git_commit"] == "unknown"


def test_same_run_twice_is_the_same_to_the_bit(tiny_tables, tmp_path):
    first = make_run(tmp_path / "a", tiny_tables, "published", "augmentation")
    again = make_run(tmp_path / "b", tiny_tables, "published", "augmentation")
    for file in (
        "run/history.csv",
        "evaluation/predictions.parquet",
        "evaluation/metrics.json",
        "evaluation/figure.png",
    ):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file
    states = [load(run / "model.pt", "model", ()) for run in (first["run"], again["run"])]
    assert all((states[0][name] == states[1][name]).all() for name in states[0])


def test_plain_lines_where_there_is_no_terminal(tiny_tables, tmp_path, capfd):
    make_run(tmp_path, tiny_tables, "strict", "naive_gcn")
    lines = [line for line in capfd.readouterr().err.splitlines() if line]
    assert [line.split(":")[0] for line in lines] == ["epoch 1", "epoch 2"]


@pytest.mark.parametrize("kept", ["half", "nothing", "other"])
def test_cut_model_is_told(tiny_tables, tmp_path, kept):
    paths = make_run(tmp_path, tiny_tables, "strict", "naive_gcn")
    model = paths["run"] / "model.pt"
    content = model.read_bytes()
    model.write_bytes({"half": content[: len(content) // 2], "nothing": b"", "other": b"no model at all"}[kept])
    arguments = [f"--run={paths['run']}", f"--graph={paths['graph']}", f"--test={paths['split']}/test.parquet"]
    with pytest.raises(InputError, match=r"model.pt: no model .* delete it and run again"):
        evaluate_model.main([*arguments, "--title=t", f"--output-folder={tmp_path / 'again'}"])
    assert not (tmp_path / "again").exists()


@pytest.fixture(scope="module")
def small_tables(tmp_path_factory):
    """Large enough for a network to beat the global mean."""
    folder = tmp_path_factory.mktemp("small")
    generate_dataset.main(["--users=150", "--artists=400", "--listens=6000", f"--output-folder={folder}/raw"])
    build_tables.main([f"--raw={folder}/raw", "--source=generated", f"--output-folder={folder}/tables"])
    return folder / "tables"


def test_leak_sentinel(small_tables, tmp_path):
    """Shuffled training scores bring the strict test error back to the global mean's; true ones do not."""

    def shuffle(split):
        train = pd.read_parquet(split / "train.parquet")
        write(split / "train.parquet", train.assign(liking=random.permutation(train.liking)), PAIRS, "generated")

    random = np.random.default_rng(0)

    def test_mse(name, variant, shuffle_scores):
        paths = make_run(
            tmp_path / name,
            small_tables,
            "strict",
            variant,
            input="embedding",
            after_split=shuffle if shuffle_scores else lambda split: None,
            epochs=20,
            hidden=16,
            batch_size=64,
        )
        return json.loads((paths["evaluation"] / "metrics.json").read_text())["mse"]

    nothing = test_mse("mean", "global_mean", False)
    assert test_mse("true", "edge_weight", False) < 0.8 * nothing
    for variant in ("edge_weight", "augmentation"):
        assert test_mse(f"shuffled {variant}", variant, True) == pytest.approx(nothing, rel=0.1)


def test_test_scores_reach_nothing_without_the_leak(tiny_tables, tmp_path):
    """Other scores in test.parquet: the same history and predictions to the bit. Under published they leak."""

    def results(name, protocol, change):
        def replaced(split):
            test = pd.read_parquet(split / "test.parquet")
            write(split / "test.parquet", test.assign(liking=change(test.liking)), PAIRS_OF[protocol], "generated")

        paths = make_run(tmp_path / name, tiny_tables, protocol, "edge_weight", after_split=replaced)
        rows = pd.read_parquet(paths["evaluation"] / "predictions.parquet")
        return (paths["run"] / "history.csv").read_bytes(), rows.predicted.tolist()

    for protocol in ("strict", "user_to_artist", "leak_free", "published"):
        true = results(f"{protocol} true", protocol, lambda liking: liking)
        other = results(f"{protocol} other", protocol, lambda liking: 1 - liking)
        assert (true == other) == (protocol != "published")


def test_files_of_the_other_protocol_are_refused(tiny_tables, tmp_path):
    strict = make_run(tmp_path / "strict", tiny_tables, "strict", "naive_gcn")
    published = make_run(tmp_path / "published", tiny_tables, "published", "naive_gcn")
    test = strict["split"] / "test.parquet"

    def evaluate(run, graph, pairs):
        evaluate_model.main(
            [f"--run={run}", f"--graph={graph}", "--title=t", f"--test={pairs}", f"--output-folder={tmp_path / 'e'}"]
        )

    with pytest.raises(InputError, match="not a part of a published split"):
        evaluate(published["run"], published["graph"], test)
    with pytest.raises(InputError, match=r"pairs of it are in the graph, as messages; build the graph from train"):
        evaluate(strict["run"], published["graph"], test)
    assert not (tmp_path / "e").exists()


def test_several_runs_in_one_process_give_what_each_gives_alone(tiny_tables, tmp_path, capsys):
    made = [
        make_run(tmp_path / variant, tiny_tables, protocol, variant)
        for protocol, variant in (("published", "edge_weight"), ("strict", "attention"), ("strict", "user_mean"))
    ]
    folders = [tmp_path / f"again_{number}" for number in range(len(made))]
    options = {"run": [str(paths["run"]) for paths in made], "graph": [str(paths["graph"]) for paths in made]}
    options |= {"test": [f"{paths['split']}/test.parquet" for paths in made], "title": ["a test"] * len(made)}
    options |= {"output-folder": list(map(str, folders))}
    evaluate_model.main([word for name, values in options.items() for word in (f"--{name}", *values)])
    for paths, folder in zip(made, folders, strict=True):
        for name in ("predictions.parquet", "metrics.json", "figure.png"):
            assert (folder / name).read_bytes() == (paths["evaluation"] / name).read_bytes()
    options["title"].pop()
    with pytest.raises(SystemExit):
        evaluate_model.main([word for name, values in options.items() for word in (f"--{name}", *values)])
    assert "take as many values as there are runs" in capsys.readouterr().err


def test_a_variant_needs_only_the_layer_that_is_asked_for(monkeypatch, tmp_path):
    (tmp_path / "mine.py").write_text("from lastfm_gnn.table1.models.naive_gcn import StrictLayer\n")
    monkeypatch.setattr(models, "__path__", [*models.__path__, str(tmp_path)])
    settings = {"predictor": "network", "variant": "mine", "protocol": "strict", "input": "embedding", "hidden": 3}
    assert build_model(settings, 5).embedding.shape == (5, 3)
    with pytest.raises(InputError, match=r"models/mine.py has no PublishedLayer"):
        build_model(settings | {"protocol": "published"}, 5)
    with pytest.raises(
        InputError, match=r"'other' is no file of lastfm_gnn/table1/models; .* one of attention, .*naive_gcn"
    ):
        build_model(settings | {"variant": "other"}, 5)


def test_wrong_settings_name_the_config_key():
    settings = {"user_shrinkage": 1, "artist_shrinkage": 2}
    assert read_settings(bias.Settings, settings, "config: liking.baselines.bias") == bias.Settings(1, 2)
    message = r"bias has the settings \['user_shrinkag'\], but takes \['artist_shrinkage', 'user_shrinkage'\]"
    with pytest.raises(InputError, match=message):
        read_settings(bias.Settings, {"user_shrinkag": 1}, "liking.baselines.bias")


def test_generated_truth_is_known(small_tables):
    """truth.csv, which no model can beat, is nearer than each user's mean, which is nearer than the global mean."""
    listens = pd.read_parquet(small_tables / "listens.parquet")
    truth = pd.read_csv(small_tables.parent / "raw" / "truth.csv")
    rows = listens.merge(truth, on=["user_id", "artist_id"])
    assert len(rows) == len(listens) == 6000
    floor = ((rows.liking - rows.expected_liking) ** 2).mean()
    of_users = rows.groupby("user_id").liking.transform("mean")
    assert 0.002 < floor < 0.9 * ((rows.liking - of_users) ** 2).mean() < 0.9 * np.var(rows.liking)
    listeners = listens.artist_id.value_counts()
    assert listeners.max() > 8 * listeners.median()  # a long tail
