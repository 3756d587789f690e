"""Folds of regions, runs on all of them, and their summary."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold

import blend_scores
import classify_users
import evaluate_regions
import summarise_cv
import train_user_network
from conftest import identity
from lastfm_gnn.asia.folds import FOLDS, user_split
from lastfm_gnn.core.program import InputError
from lastfm_gnn.metrics.regions import region_scores


def test_folds_are_the_published_ones_and_validation_is_apart():
    expected = [test for _, test in KFold(5, shuffle=True, random_state=42).split(np.arange(7624))]
    for fold, test in zip(FOLDS, expected, strict=False):
        parts = user_split(7624, fold)
        assert parts["test"].tolist() == test.tolist()
        assert sorted(np.concatenate(list(parts.values()))) == list(range(7624))
        assert len(parts["valid"]) == pytest.approx(762, abs=1)
    single = user_split(7624, "single")
    assert [len(part) for part in single.values()] == [4574, 1525, 1525]
    assert len(set(np.concatenate(list(single.values())))) == 7624


def test_scores_by_hand():
    metrics = region_scores(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 1]))
    assert metrics["accuracy"] == 0.5
    assert metrics["macro_f1"] == pytest.approx((2 / 3 + 1 / 2) / 18)


def test_mcnemar_by_hand():
    right = pd.Series([True] * 5 + [False] * 1 + [True] * 4)
    other = pd.Series([False] * 5 + [True] * 1 + [True] * 4)
    assert summarise_cv.mcnemar(right, other) == pytest.approx(2 * (1 + 6) / 2**6)  # 5 of 6, two-sided
    assert summarise_cv.mcnemar(right, right) == 1


GRIDS = {
    "majority": {},
    "label_propagation": {"alpha": [0.2, 0.7]},
    "correct_and_smooth": {"inverse_penalty": [0.1], "alpha_correct": [0.5], "scale": [1], "alpha_smooth": [0.5]},
}
NETWORK = {
    "layer": "gcn",
    "heads": 1,
    "hidden": [8],
    "dense": [],
    "last": "linear",
    "dropout": 0.1,
    "learning_rate": 0.05,
    "weight_decay": 0.0,
    "epochs": 40,
}


def inputs(folder, fold):
    return [
        f"--users={folder}/users.parquet",
        f"--friendships={folder}/friendships.parquet",
        f"--train={folder}/region/{fold}/train.parquet",
        f"--valid={folder}/region/{fold}/valid.parquet",
    ]


def evaluate(folder, run, fold):
    evaluate_regions.main(
        [
            *inputs(folder, fold)[:2],
            f"--scores={run}/scores.npz",
            f"--test={folder}/region/{fold}/test.parquet",
            "--title=a test",
            f"--output-folder={run}",
        ]
    )


@pytest.fixture(scope="module")
def runs(asia_tables, tmp_path_factory):
    """Folder of runs of three fitted models, a blend and a network over five folds."""
    folder = tmp_path_factory.mktemp("runs") / "region" / "none"
    for number, fold in enumerate(FOLDS[:5]):
        for model, grid in GRIDS.items():
            run = folder / model / f"strict_{number}"
            options = [f"--embedding={asia_tables}/netmf.npy", f"--model={model}", f"--grid={json.dumps(grid)}"]
            options.append(identity("region", model, f"strict_{number}", features="none"))
            classify_users.main([*inputs(asia_tables, fold), *options, f"--output-folder={run}"])
            evaluate(asia_tables, run, fold)
        run = folder / "blend" / f"strict_{number}"
        blended = ["majority", "label_propagation"]
        blend_scores.main(
            [
                "--task=region",
                *(option for option in inputs(asia_tables, fold) if "--train" not in option),
                "--models",
                *blended,
                "--scores",
                *(f"{folder}/{model}/strict_{number}/scores.npz" for model in blended),
                identity("region", "blend", f"strict_{number}", features="none"),
                f"--output-folder={run}",
            ]
        )
        evaluate(asia_tables, run, fold)
        for protocol, settings in (("strict", {}), ("published", {"last": "graph"})):
            run = folder / "gcn" / f"{protocol}_{number}"
            option = (
                f"--embedding={asia_tables}/netmf.npy"
                if protocol == "strict"
                else f"--likes={asia_tables}/likes.parquet"
            )
            settings = json.dumps(NETWORK | settings)
            options = [
                "--task=region",
                f"--protocol={protocol}",
                option.format(asia_tables),
                f"--settings={settings}",
                "--seed=0",
                identity("region", "gcn", f"{protocol}_{number}", features="none"),
            ]
            train_user_network.main([*inputs(asia_tables, fold), *options, f"--output-folder={run}"])
            evaluate(asia_tables, run, fold)
    return folder


def test_several_runs_in_one_process_give_what_each_gives_alone(asia_tables, runs, tmp_path, capsys):
    made = [runs / "gcn" / "strict_0", runs / "majority" / "strict_1"]
    parts = [asia_tables / "region" / fold / "test.parquet" for fold in FOLDS[:2]]
    options = {"scores": [run / "scores.npz" for run in made], "test": parts, "title": ["a test"] * 2}
    options["output-folder"] = [tmp_path / "0", tmp_path / "1"]

    def words():
        return [str(word) for name, values in options.items() for word in (f"--{name}", *values)]

    evaluate_regions.main([*inputs(asia_tables, FOLDS[0])[:2], *words()])
    for run, folder in zip(made, options["output-folder"], strict=True):
        for name in ("predictions.parquet", "metrics.json", "figure.png"):
            assert (folder / name).read_bytes() == (run / name).read_bytes()
    options["title"].pop()
    with pytest.raises(SystemExit):
        evaluate_regions.main([*inputs(asia_tables, FOLDS[0])[:2], *words()])
    assert "take as many values as there are runs" in capsys.readouterr().err


MODELS = {
    "region": {
        "strict": {
            "majority": {"kind": "baseline", "members": None},
            "label_propagation": {"kind": "closed_form_graph", "members": None},
            "correct_and_smooth": {"kind": "second_stage", "members": None},
            "blend": {"kind": "second_stage", "members": None},
            "gcn": {"kind": "graph_network", "members": 1},
        },
        "published": {"gcn": {"kind": "graph_network", "members": 1}},
    }
}
PRINTED = [0.5, 0.25, 0.5, 0.5, 2.0]


@pytest.fixture(scope="module")
def summary(runs, tmp_path_factory):
    """The three tables by name."""
    folder = tmp_path_factory.mktemp("summary")
    folders = [f"{runs}/{model}/strict_{fold}" for model in [*GRIDS, "blend", "gcn"] for fold in range(5)]
    folders.append(f"{runs}/gcn/published_0")
    paper = {"region": {"published": {"gcn": {"accuracy": PRINTED}}}}
    options = [f"--models={json.dumps(MODELS)}", f"--paper={json.dumps(paper)}", f"--output-folder={folder}"]
    summarise_cv.main(["--runs", *folders, *options])
    return {name: pd.read_csv(folder / f"cv_{name}.csv") for name in ("summary", "comparisons", "printed")}


def test_summary(summary, runs):
    table = summary["summary"]
    folds = [f"fold{fold}" for fold in range(5)]
    columns = ["task", "features", "model", "kind", "members", "protocol", "metric", "paper", *folds]
    assert list(table) == [*columns, "mean", "sd", "valid"]
    accuracy = table[(table.metric == "accuracy") & (table.protocol == "strict")].set_index("model")
    assert accuracy["mean"].to_numpy() == pytest.approx(accuracy[folds].mean(axis=1), abs=1e-5)
    assert accuracy["sd"].to_numpy() == pytest.approx(accuracy[folds].std(axis=1, ddof=1), abs=1e-5)
    assert accuracy.loc["label_propagation", "mean"] > accuracy.loc["majority", "mean"] + 0.3
    assert accuracy.loc["gcn", "mean"] > accuracy.loc["majority", "mean"] + 0.3
    assert accuracy.kind.to_dict() == {model: one["kind"] for model, one in MODELS["region"]["strict"].items()}
    assert accuracy.members.dropna().to_dict() == {"gcn": 1}
    valid = [json.loads((runs / f"gcn/strict_{fold}/run.json").read_text())["valid"]["accuracy"] for fold in range(5)]
    assert accuracy.loc["gcn", "valid"] == pytest.approx(np.mean(valid), abs=1e-5)
    printed = table[table.protocol == "published"].set_index("metric").loc["accuracy"]
    assert printed.paper == 0.75 and printed["mean"] == printed.fold0
    assert printed[["fold1", "fold4", "sd", "valid"]].isna().all()


def test_comparisons_are_with_the_best_of_each_other_kind(summary):
    accuracy = summary["summary"][summary["summary"].metric == "accuracy"].set_index(["protocol", "model"])
    folds = [f"fold{fold}" for fold in range(5)]
    table = summary["comparisons"]
    assert set(table.metric) == {"accuracy"}  # macro-F1 is no mean over users
    against = table[table.protocol == "strict"].set_index(["model", "against"])
    kinds = {"baseline", "closed_form_graph", "second_stage", "graph_network"}
    for model, one in MODELS["region"]["strict"].items():
        assert set(against.loc[model].index) == kinds - {one["kind"]}
    row = against.loc[("gcn", "baseline")]
    difference = accuracy.loc[("strict", "gcn"), folds] - accuracy.loc[("strict", "majority"), folds]
    assert row.other == "majority" and row.folds == 5
    assert row.difference == pytest.approx(difference.mean(), abs=2e-5)
    assert row.smallest_fold_difference == pytest.approx(difference.min(), abs=2e-5)
    assert row.p < 1e-6 and row.p <= row.p_holm and row.p_folds < 0.05
    (of_fold,) = table[(table.protocol == "published") & (table.against == "closed_form_graph")].itertuples()
    assert of_fold.folds == 1 and np.isnan(of_fold.p_folds)


def test_printed_folds_are_held_against_each_strict_model(summary):
    table = summary["printed"].set_index("model")
    assert set(table.index) == set(MODELS["region"]["strict"])
    accuracy = summary["summary"][summary["summary"].metric == "accuracy"].set_index(["protocol", "model"])
    folds = [f"fold{fold}" for fold in range(5)]
    expected = accuracy.loc[("strict", "gcn"), folds].to_numpy(dtype=float) - PRINTED
    assert table.loc["gcn", folds].to_numpy(dtype=float) == pytest.approx(expected, abs=2e-5)
    assert table.loc["gcn", "smallest"] == pytest.approx(expected.min(), abs=2e-5)
    assert table.loc["gcn", "folds_above"] == (expected > 0).sum() == 4


def run_of(model, kind, members, features="none"):
    return summarise_cv.Runs("region", features, model, "strict", "region", kind, members)


def test_opponents_have_as_many_members_and_no_more_lists():
    """Chosen on validation, among equal members or what is not random, of the same lists or none."""
    entries = [
        ("one", "graph_network", 1, "none", 0.9),
        ("three", "graph_network", 3, "none", 0.8),
        ("better_three", "graph_network", 3, "partial", 0.95),
        ("still", "second_stage", None, "none", 0.7),
        ("walks", "closed_form_graph", None, "none", 0.6),
    ]
    runs = []
    for *named, valid in entries:
        runs.append(run_of(*named))
        runs[-1].__dict__["valid"] = valid
    of = {run.model: {kind: one.model for kind, one in summarise_cv.opponents(run, runs).items()} for run in runs}
    assert of["still"] == {"graph_network": "one", "closed_form_graph": "walks"}
    assert of["one"] == of["better_three"] == {"second_stage": "still", "closed_form_graph": "walks"}
    assert (
        summarise_cv.opponents(run_of("mine", "baseline", 3, "partial"), runs)["graph_network"].model
        == "better_three"
    )


def test_a_model_of_no_kind_is_told(runs):
    with pytest.raises(InputError, match="--models says nothing of majority under region, strict"):
        summarise_cv.read_runs([runs / "majority/strict_0"], {"region": {"strict": {}}})


def test_metrics_are_those_of_the_predictions(runs):
    rows = pd.read_parquet(runs / "label_propagation/strict_0/predictions.parquet")
    metrics = json.loads((runs / "label_propagation/strict_0/metrics.json").read_text())
    assert metrics["accuracy"] == pytest.approx((rows.region == rows.predicted).mean())


def test_settings_are_those_of_the_best_trial(runs):
    trials = pd.read_csv(runs / "label_propagation/strict_0/trials.csv")
    run = json.loads((runs / "label_propagation/strict_0/run.json").read_text())
    assert run["settings"]["alpha"] == trials.alpha[trials.valid_labelled_accuracy.idxmax()]


def test_validation_score_is_that_of_the_part_whatever_chose(runs, asia_tables):
    """Models with one setting and with several are compared by the same users."""
    region = pd.read_parquet(asia_tables / "region/fold_0/valid.parquet").set_index("user_id").region
    for model in ("majority", "label_propagation", "blend"):
        with np.load(runs / model / "strict_0/scores.npz") as file:
            right = file["valid_scores"].argmax(1) == region[file["valid_user_id"]].to_numpy()
        run = json.loads((runs / model / "strict_0/run.json").read_text())
        assert run["valid"]["accuracy"] == pytest.approx(right.mean())


def test_strict_keeps_the_best_epoch_and_published_has_no_validation(runs):
    history = pd.read_csv(runs / "gcn/strict_0/history.csv")
    run = json.loads((runs / "gcn/strict_0/run.json").read_text())
    assert run["best_epoch"] == history.epoch[history.valid_accuracy.idxmax()]
    assert run["valid"]["accuracy"] == pytest.approx(history.valid_accuracy.max())
    assert "valid_accuracy" not in pd.read_csv(runs / "gcn/published_0/history.csv")
    with np.load(runs / "gcn/published_0/scores.npz") as file:
        assert len(file["valid_scores"]) == 0 and len(file["scores"]) == 24


def test_blend_trusts_what_helps(runs):
    weights = json.loads((runs / "blend/strict_0/run.json").read_text())["settings"]
    assert weights["weight_label_propagation"] > 0.5
