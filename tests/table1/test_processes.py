"""A training in two real processes against the same in one."""

import pandas as pd
import pytest
import torch

import train_model
from conftest import identity, make_run
from lastfm_gnn.core import processes
from lastfm_gnn.core.checkpoints import load
from lastfm_gnn.core.program import InputError
from lastfm_gnn.table1.models import build_model
from lastfm_gnn.table1.sampling import NeighbourSampler
from lastfm_gnn.table1.training import DirectedPairs, train_epoch
from random_messages import random_graph

PAIRS = 21  # of a batch that is the epoch: parts of 11 and 10


def one_step(folder):
    """Write the gradients of a batch whose nodes have all their neighbours: of a step of 1 down the gradient."""
    graph, _ = random_graph()
    graph.liking = graph.liking.float()
    graph.degree = graph.degree.float()
    edges = torch.nonzero(graph.source < graph.target)[:PAIRS, 0]
    pairs = DirectedPairs(graph.source[edges], graph.target[edges], graph.liking[edges].double())
    torch.manual_seed(0)
    settings = {"predictor": "network", "variant": "attention", "input": "embedding", "hidden": 4}
    model = build_model(settings | {"protocol": "strict"}, graph.num_nodes)
    before = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    learner, sampler = processes.averaging(model), NeighbourSampler(graph, (1000, 1000))
    loss = train_epoch(learner, sampler.neighbourhood, pairs, PAIRS, torch.optim.SGD(model.parameters(), lr=1.0))
    gradients = {name: before[name] - weight.detach() for name, weight in model.named_parameters()}
    torch.save({"loss": loss, "gradients": gradients}, folder / f"{processes.count()}_{processes.number()}.pt")


def test_two_processes_give_the_gradients_of_one(tmp_path):
    processes.call(one_step, tmp_path, 1)
    processes.call(one_step, tmp_path, 2)
    one, *two = (torch.load(tmp_path / f"{name}.pt") for name in ("1_0", "2_0", "2_1"))
    for other in two:
        assert other["loss"] == pytest.approx(one["loss"], rel=1e-6)
        for name, gradient in one["gradients"].items():
            assert torch.allclose(other["gradients"][name], gradient, rtol=1e-5, atol=1e-7), name
    assert all(gradient.abs().sum() > 0 for gradient in one["gradients"].values())


def test_a_run_in_two_processes(tiny_tables, tmp_path, capfd):
    """The script's run is whole, and its first epoch is nearly that of one process, which draws other neighbours."""
    paths = make_run(tmp_path, tiny_tables, "strict", "edge_weight")
    arguments = [f"--graph={paths['graph']}", "--variant=edge_weight", "--input=degree", "--protocol=strict"]
    arguments += [f"--{part}={paths['split']}/{part}.parquet" for part in ("train", "valid")]
    arguments += ["--seed=0", "--decay=0.9", "--hidden=4", "--epochs=2", "--batch-size=64", "--neighbours=1000,1000"]
    arguments += [identity("table1", "edge_weight", "strict_0")]
    capfd.readouterr()
    train_model.main([*arguments, "--processes=2", f"--output-folder={tmp_path / 'two'}"])
    lines = [line for line in capfd.readouterr().err.splitlines() if line.startswith("epoch")]
    assert [line.split(":")[0] for line in lines] == ["epoch 1", "epoch 2"]
    train_model.main([*arguments, f"--output-folder={tmp_path / 'one'}"])
    one, two = (pd.read_csv(tmp_path / name / "history.csv") for name in ("one", "two"))
    assert two.train_mse[0] == pytest.approx(one.train_mse[0], rel=1e-4)
    assert load(tmp_path / "two/model.pt", "model", ()).keys() == load(tmp_path / "one/model.pt", "model", ()).keys()


def fail(text):
    raise InputError(text)


def test_what_is_wrong_is_one_line():
    with pytest.raises(InputError, match="another graph"):
        processes.call(fail, "another graph", 2)
