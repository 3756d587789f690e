"""A training that is killed goes on to the same bytes."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch

import train_model
import train_user_network
from conftest import ROOT, environment, make_run
from lastfm_gnn.core.saved_training import SavedTraining


def killed_after(epochs: int, script: str, arguments: list[str]) -> None:
    """Run a script that saves after every epoch and kills itself, as nobody can object to, after some."""
    program = f"""
import os, signal, sys
from lastfm_gnn.core.saved_training import SavedTraining
SavedTraining.is_due = True
saved, save = [], SavedTraining.save
def counted(self, **state):
    save(self, **state)
    saved.append(state)
    if len(saved) == {epochs}:
        os.kill(os.getpid(), signal.SIGKILL)
SavedTraining.save = counted
import {script}
{script}.main(sys.argv[1:])
"""
    paths = [ROOT / "workflow", *(ROOT / "workflow/scripts").iterdir()]
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=environment(PYTHONPATH=os.pathsep.join(map(str, paths))),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def reported(capsys) -> list[str]:
    return capsys.readouterr().err.splitlines()


@pytest.mark.parametrize("protocol", ["strict", "published"])
def test_a_liking_network_goes_on(tiny_tables, tmp_path, capsys, protocol):
    paths = make_run(tmp_path, tiny_tables, protocol, "augmentation", epochs=6)
    arguments = [f"--graph={paths['graph']}", "--variant=augmentation", "--input=degree", f"--protocol={protocol}"]
    arguments += [f"--{part}={paths['split']}/{part}.parquet" for part in ("train", "valid")]
    arguments += ["--seed=0", "--decay=0.9", "--hidden=4", "--epochs=6", "--batch-size=64"]
    folder = tmp_path / "again"
    killed_after(4, "train_model", [*arguments, f"--output-folder={folder}"])
    assert (folder / ".training.pt").is_file() and not (folder / "model.pt").exists()
    capsys.readouterr()
    train_model.main([*arguments, f"--output-folder={folder}"])
    assert [line.split(":")[0] for line in reported(capsys)] == ["epoch 5", "epoch 6"]
    for name in ("model.pt", "history.csv"):
        assert (folder / name).read_bytes() == (paths["run"] / name).read_bytes()
    assert not (folder / ".training.pt").exists()


@pytest.mark.parametrize("protocol", ["strict", "published"])
def test_a_network_of_users_goes_on(asia_tables, tmp_path, capsys, protocol):
    settings = {"layer": "gcn", "hidden": [8], "dense": [], "last": "linear", "heads": 1, "dropout": 0.5}
    settings |= {"learning_rate": 0.01, "weight_decay": 0.0, "epochs": 6, "hidden_share": 0.3}
    arguments = ["--task=artists", f"--protocol={protocol}", f"--settings={json.dumps(settings)}", "--seed=0"]
    arguments += [f"--{name}={asia_tables}/{name}.parquet" for name in ("users", "friendships")]
    arguments += [f"--{part}={asia_tables}/artists/fold_0/{part}.parquet" for part in ("train", "valid")]
    arguments += [f"--artists={asia_tables}/artists_20.parquet"]
    arguments += [f"--embedding={asia_tables}/netmf.npy"] if protocol == "strict" else []
    train_user_network.main([*arguments, f"--output-folder={tmp_path}/whole"])
    killed_after(4, "train_user_network", [*arguments, f"--output-folder={tmp_path}/again"])
    capsys.readouterr()
    train_user_network.main([*arguments, f"--output-folder={tmp_path}/again"])
    assert len(reported(capsys)) == 2
    whole, again = (np.load(tmp_path / name / "scores.npz") for name in ("whole", "again"))
    assert all(np.array_equal(whole[name], again[name]) for name in whole.files)
    assert (tmp_path / "whole/history.csv").read_bytes() == (tmp_path / "again/history.csv").read_bytes()


def test_only_the_same_training_takes_it_up(tmp_path):
    data = tmp_path / "data"
    data.write_text("one")
    saved_training = SavedTraining(tmp_path, {"seed": 0}, [data], every=0)
    assert saved_training.is_due and not SavedTraining(tmp_path, {"seed": 0}, [data]).is_due
    torch.manual_seed(1)
    saved_training.save(epoch=3, state={"weight": torch.ones(2)})
    next_number = torch.rand(1)
    assert SavedTraining(tmp_path, {"seed": 1}, [data]).load() is None
    assert SavedTraining(tmp_path, {"seed": 0}, [data]).load()["epoch"] == 3
    assert torch.rand(1) == next_number
    data.write_text("other")
    assert SavedTraining(tmp_path, {"seed": 0}, [data]).load() is None
    data.write_text("one")
    (tmp_path / ".training.pt").write_bytes((tmp_path / ".training.pt").read_bytes()[:100])
    assert SavedTraining(tmp_path, {"seed": 0}, [data]).load() is None
    saved_training.end()
    assert SavedTraining(tmp_path, {"seed": 0}, [data]).load() is None
