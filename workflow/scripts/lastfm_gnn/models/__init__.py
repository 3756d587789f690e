"""One variant per file: its equation for the strict protocol, and the authors' code for the published one."""

from importlib import import_module

from torch import nn

from lastfm_gnn.models.edge_regressor import EdgeRegressor
from lastfm_gnn.models.node_bias import NodeBias


def build_model(settings: dict, num_nodes: int) -> nn.Module:
    """The untrained model that a run's settings name, for a graph of `num_nodes` nodes."""
    if settings["kind"] == "baseline":
        return NodeBias(num_nodes)
    variant = import_module(f"lastfm_gnn.models.{settings['variant']}")
    layer = {"strict": variant.StrictLayer, "published": variant.PublishedLayer}[settings["protocol"]]
    return EdgeRegressor(layer, num_nodes, settings["input"], settings["hidden"])
