"""One variant per file: the layer of its printed equation, and the layer of the authors' code."""

from importlib import import_module
from typing import Any

from torch import nn

from lastfm_gnn.core.program import InputError
from lastfm_gnn.table1.models.edge_regressor import EdgeRegressor
from lastfm_gnn.table1.models.node_bias import NodeBias
from lastfm_gnn.table1.protocols import PROTOCOLS


def build_model(settings: dict, num_nodes: int) -> nn.Module:
    """The untrained model that a run's settings name, for a graph of `num_nodes` nodes."""
    if settings["predictor"] == "baseline":
        return NodeBias(num_nodes)
    layer = model_part(f"lastfm_gnn.table1.models.{settings['variant']}", PROTOCOLS[settings["protocol"]].layer)
    return EdgeRegressor(layer, num_nodes, settings["input"], settings["hidden"])


def model_part(module: str, name: str) -> Any:
    """`name` in a module of the library. Raises InputError where there is no such file, or the file has none."""
    try:
        return getattr(import_module(module), name)
    except (ModuleNotFoundError, AttributeError) as error:
        raise InputError(
            f"{module.replace('.', '/')}.py has no {name} ({error}); add it, or correct the config"
        ) from error
