import subprocess
import sys
from itertools import pairwise

import pytest
import torch
from torch.nn import functional

from conftest import environment
from lastfm_gnn.core import optimisers

TRAINING = """
import sys
import torch
from lastfm_gnn.core.optimisers import {kind}
weight = torch.nn.Parameter(torch.ones(2))
optimiser = {kind}([weight], fused={fused})
schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 0.1, total_steps=5)
for _ in range(2):
    optimiser.zero_grad()
    weight.sum().backward()
    optimiser.step()
    schedule.step()
optimiser.load_state_dict(optimiser.state_dict())
assert weight[0] != 1
sys.exit("torch._dynamo" in sys.modules)
"""


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("kind", ["Adam", "AdamW"])
def test_weights_and_states_are_those_of_torch(kind, fused):
    def after_steps(module):
        torch.manual_seed(0)
        network = torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.ReLU(), torch.nn.Linear(7, 1))
        optimiser = getattr(module, kind)(network.parameters(), lr=0.05, weight_decay=0.1, fused=fused)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 0.05, total_steps=30)
        weights = []
        for step in range(30):
            if step == 10:  # as a training goes on that was saved
                optimiser.load_state_dict(optimiser.state_dict())
            optimiser.zero_grad()
            functional.mse_loss(network(torch.randn(16, 5)), torch.randn(16, 1)).backward()
            optimiser.step()
            schedule.step()
            weights.append(torch.cat([weight.detach().flatten() for weight in network.parameters()]))
        return weights, optimiser.state_dict()

    weights, state = after_steps(optimisers)
    expected, expected_state = after_steps(torch.optim)
    assert all(torch.equal(*pair) for pair in zip(weights, expected, strict=True))
    assert not any(torch.equal(*pair) for pair in pairwise(weights))
    assert state["param_groups"] == expected_state["param_groups"]
    for number, moments in expected_state["state"].items():
        assert all(torch.equal(state["state"][number][name], moment) for name, moment in moments.items())


@pytest.mark.parametrize(("kind", "fused"), [("Adam", False), ("AdamW", True)])
def test_a_training_does_not_load_the_compiler(kind, fused):
    command = [sys.executable, "-c", TRAINING.format(kind=kind, fused=fused)]
    done = subprocess.run(command, env=environment(PYTHONPATH="workflow"), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
