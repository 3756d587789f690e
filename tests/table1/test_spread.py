"""The spread of published figures, the worth of a peek, and figures that another rounding must not move."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch

import make_peeking
import make_spread
import measure_spread
from conftest import ROOT, environment, make_run
from lastfm_gnn.core.machine import machine
from lastfm_gnn.core.program import InputError


def epochs(path, valid, test, seed=0, perturbation=0.0, dead=0.0):
    rows = pd.DataFrame({"valid_mse": valid, "test_mse": test}).assign(
        seed=seed, perturbation=perturbation, epoch=range(1, len(valid) + 1), dead_units_1=dead
    )
    return rows.assign(test_mae=rows.test_mse * 10, test_variance=0.025)


def make(folder, frames, source="official"):
    names = []
    for number, (model, frame) in enumerate(frames):
        frame.assign(source=source).to_csv(folder / f"{number}.csv", index=False)
        names.append(model)
    files = [str(folder / f"{number}.csv") for number in range(len(frames))]
    shared = ["--spread", *files, "--models", *names]
    make_spread.main([*shared, f"--output-folder={folder}"])
    peeks = sorted(map(str, folder.glob("lightgcn/*/peek.csv")))
    make_peeking.main([*shared, "--ranking", *peeks, f"--output={folder}/peeking.csv"])


def test_spread_and_peek_by_hand(tmp_path):
    frames = [
        # of the best validation epoch, .02; of the best test epoch, .01
        ("attention", epochs(tmp_path, [0.3, 0.1, 0.2], [0.03, 0.02, 0.01])),
        # flat: no better than the variance of the scores; nothing to gain from a peek
        ("attention", epochs(tmp_path, [0.1, 0.2, 0.2], [0.025, 0.03, 0.03], seed=1, dead=0.5)),
    ]
    for seed, shift in ((0, 0), (1, 0.01)):
        path = tmp_path / f"lightgcn/strict_{seed}/peek.csv"
        path.parent.mkdir(parents=True)
        valid, test = [0.1, 0.3, 0.2], [0.1 + shift, 0.2, 0.21 + shift]
        pd.DataFrame(
            {"model": "lightgcn", "seed": seed, "step": [1, 2, 3], "valid_ndcg_10": valid, "test_ndcg_10": test}
        ).to_csv(path, index=False)
    make(tmp_path, frames)
    spread = pd.read_csv(tmp_path / "published_spread.csv")
    assert spread.mse.tolist() == [0.02, 0.025] and spread.mae.tolist() == [0.2, 0.25]
    assert spread.best_epoch.tolist() == [2, 1] and spread.flat.tolist() == [False, True]
    assert spread.dead_units_1.tolist() == [0, 0.5]
    short = pd.read_csv(tmp_path / "published_spread_summary.csv").set_index("error").loc["mse"]
    assert short[["mean", "best", "median", "worst", "flat_share", "trainings"]].tolist() == pytest.approx(
        [0.0225, 0.02, 0.0225, 0.025, 0.5, 2]
    )
    peek = pd.read_csv(tmp_path / "peeking.csv").iloc[0]
    assert [peek.at_best_valid, peek.at_best_test, peek.difference] == pytest.approx([0.0225, 0.0175, -0.005])
    # two seeds: mean ± t(1 degree of freedom, .975) · sd / √2, sd = .01 / √2
    ranking = pd.read_csv(tmp_path / "peeking.csv").iloc[1]
    assert [ranking.task, ranking.model, ranking.seeds] == ["ranking", "lightgcn", 2]
    assert [ranking.at_best_valid, ranking.at_best_test] == pytest.approx([0.2, 0.215])
    assert [peek.low, peek.high] == pytest.approx([-0.005 - 12.7062 * 0.005, -0.005 + 12.7062 * 0.005], rel=1e-4)


def test_spread_says_what_data_and_refuses_other_files(tmp_path):
    make(tmp_path, [("attention", epochs(tmp_path, [0.1], [0.2]))], source="generated")
    for name in ("published_spread", "published_spread_summary", "peeking"):
        assert (pd.read_csv(tmp_path / f"{name}.csv").data == "generated").all()
    with pytest.raises(InputError, match="lacks the columns"):
        make(tmp_path, [("attention", pd.DataFrame({"seed": [1]}))])
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(InputError, match=r"empty.csv: not readable"):
        make_spread.main([f"--spread={tmp_path}/empty.csv", "--models=a", f"--output-folder={tmp_path}"])
    for content, message in (("", "not readable"), ("step\n1\n", "lacks the columns")):
        (tmp_path / "peek.csv").write_text(content)
        with pytest.raises(InputError, match=rf"peek.csv: {message}"):
            make_peeking.of_steps([tmp_path / "peek.csv"])
    with pytest.raises(InputError, match="1 files in --spread, but 2 names"):
        make_spread.main([f"--spread={tmp_path}/empty.csv", "--models", "a", "b", f"--output-folder={tmp_path}"])


def test_the_first_training_is_that_of_table_1(tiny_tables, tmp_path):
    """Same seed, same history; and the second, from changed weights, is near it but not it."""
    paths = make_run(tmp_path, tiny_tables, "published", "attention")
    measure_spread.main(
        [
            f"--graph={paths['graph']}",
            f"--split={paths['split']}",
            "--variant=attention",
            *("--seed=0", "--decay=0.9", "--hidden=4", "--epochs=2", "--batch-size=64"),
            f"--output={tmp_path}/spread.csv",
        ]
    )
    rows = pd.read_csv(tmp_path / "spread.csv")
    assert rows.perturbation.tolist() == [0, 0, 1e-6, 1e-6]
    history = pd.read_csv(paths["run"] / "history.csv")
    first, second = rows[rows.perturbation == 0], rows[rows.perturbation > 0]
    assert first.valid_mse.tolist() == history.valid_mse.tolist()
    test = json.loads((paths["evaluation"] / "metrics.json").read_text())["mse"]
    assert first.test_mse[first.valid_mse.idxmin()] == pytest.approx(test, rel=1e-12)
    assert second.train_mse.tolist() != first.train_mse.tolist()
    assert second.train_mse.tolist() == pytest.approx(first.train_mse.tolist(), rel=1e-3)


def test_dead_units_by_hand():
    layers = torch.nn.ModuleList([torch.nn.Identity(), torch.nn.Identity()])
    dead = measure_spread.DeadUnits(layers)
    layers[0](torch.tensor([[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]]))
    layers[1](torch.zeros(1, 2))
    assert dead.shares == [0.5, 1.0]
    layers[0](torch.tensor([[0.0, 0.0, 0.0, 3.0]]))  # of another batch
    assert dead.shares == [0.25, 1.0]
    dead.forget()
    layers[0](torch.zeros(1, 4))
    assert dead.shares == [1.0]


def test_machine_names_what_rounds(monkeypatch):
    assert set(machine()) == {"processor", "vector_instructions"} and all(machine().values())
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "default")
    assert machine()["vector_instructions"] == "default"


@pytest.mark.parametrize("input", ["degree", "embedding"])
def test_strict_figures_do_not_depend_on_rounding(tiny_tables, tmp_path, input):
    """Other vector instructions, another branch of MKL and another number of threads give the same test error to four
    digits, on generated data and short trainings; on the real data, docs/method.md has what was measured."""
    paths = make_run(tmp_path, tiny_tables, "strict", "augmentation", input=input, epochs=8, hidden=16)
    first = json.loads((paths["evaluation"] / "metrics.json").read_text())
    shared = [f"--graph={paths['graph']}", "--threads=2"]
    train = [f"--{part}={paths['split']}/{part}.parquet" for part in ("train", "valid")]
    train += ["--variant=augmentation", f"--input={input}", "--protocol=strict", "--seed=0", "--decay=0.9"]
    train += ["--hidden=16", "--epochs=8", "--batch-size=64", f"--output-folder={tmp_path}/other"]
    evaluate = [f"--run={tmp_path}/other", f"--test={paths['split']}/test.parquet", "--title=t"]
    evaluate += [f"--output-folder={tmp_path}/other"]
    for script, options in (("train_model", train), ("evaluate_model", evaluate)):
        subprocess.run(
            [sys.executable, f"{ROOT}/workflow/scripts/table1/{script}.py", *shared, *options],
            env=environment(ATEN_CPU_CAPABILITY="default", MKL_CBWR="COMPATIBLE", OMP_NUM_THREADS="2"),
            check=True,
            capture_output=True,
        )
    other = json.loads((tmp_path / "other/metrics.json").read_text())
    run = json.loads((tmp_path / "other/run.json").read_text())
    assert run["machine"]["vector_instructions"] == "default"
    states = [torch.load(folder / "model.pt") for folder in (paths["run"], tmp_path / "other")]
    assert any(not torch.equal(states[0][name], states[1][name]) for name in states[0])  # it did round otherwise
    assert [other["mse"], other["mae"]] == pytest.approx([first["mse"], first["mae"]], rel=5e-5)
    assert np.isfinite(other["mse"])
