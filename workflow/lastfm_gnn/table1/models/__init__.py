"""One variant per file: the layer of its printed equation, and the layer of the authors' code."""

from typing import Any

from torch import nn

from lastfm_gnn.core.model_files import model_file
from lastfm_gnn.core.program import InputError
from lastfm_gnn.table1.models.edge_regressor import EdgeRegressor
from lastfm_gnn.table1.models.node_bias import NodeBias
from lastfm_gnn.table1.protocols import PROTOCOLS


def build_model(settings: dict, num_nodes: int) -> nn.Module:
    """The untrained model that a run's settings name, for a graph of `num_nodes` nodes."""
    if settings["predictor"] == "baseline":
        return NodeBias(num_nodes)
    layer = model_part("lastfm_gnn.table1.models", settings["variant"], PROTOCOLS[settings["protocol"]].layer)
    return EdgeRegressor(layer, num_nodes, settings["input"], settings["hidden"])


def model_part(package: str, file: str, name: str) -> Any:
    """`name` in a file of a package of the library. Raises InputError where there is no such file, or it has none."""
    module = model_file(package, file)
    if not hasattr(module, name):
        raise InputError(f"{module.__name__.replace('.', '/')}.py has no {name}; add it, or correct the config")
    return getattr(module, name)
