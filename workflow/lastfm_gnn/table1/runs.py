"""The record of one run, as files in its folder: model.pt, history.csv and run.json."""

from pathlib import Path

import pandas as pd
import torch
from torch import Tensor

from lastfm_gnn.core.checkpoints import save
from lastfm_gnn.core.files import whole
from lastfm_gnn.core.program import InputError
from lastfm_gnn.core.run_record import write_record
from lastfm_gnn.data import tables
from lastfm_gnn.table1.graphs import load_graph, locate
from lastfm_gnn.table1.messages import MessageGraph
from lastfm_gnn.table1.protocols import PROTOCOLS
from lastfm_gnn.table1.training import DirectedPairs


def read_pairs(path: Path, protocol: str) -> pd.DataFrame:
    """The rows that a protocol scores of a part of its split. Raises InputError for a part of another split."""
    part = tables.read(path, tables.PAIRS, tables.DIRECTED_PAIRS)
    rules = PROTOCOLS[protocol]
    if ("direction" in part) != (rules.split == "published"):
        raise InputError(f"{path}: not a part of a {rules.split} split; give the {rules.split} split's files")
    if rules.both_ways and "direction" not in part:
        return pd.concat([part.assign(direction=way) for way in ("user_to_artist", "artist_to_user")])
    return part


def as_nodes(part: pd.DataFrame, graph: MessageGraph) -> DirectedPairs:
    """The rows of read_pairs() as nodes of the graph, on its device."""
    parts = *locate(graph.arrays, part), torch.tensor(part.liking.to_numpy())
    return DirectedPairs(*(part.to(graph.device) for part in parts))


def load_pairs(path: Path, graph: MessageGraph, protocol: str) -> DirectedPairs:
    return as_nodes(read_pairs(path, protocol), graph)


def check_no_message(path: Path, pairs: DirectedPairs, graph: MessageGraph, protocol: str) -> None:
    """Raise InputError where pairs that are only scored are edges of a graph without the leak: their scores would
    travel."""
    if PROTOCOLS[protocol].split == "strict" and len(graph.numbers(pairs.source, pairs.target)):
        raise InputError(f"{path}: pairs of it are in the graph, as messages; build the graph from train alone")


def load_message_graph(path: Path, device: torch.device | str = "cpu") -> MessageGraph:
    return MessageGraph(load_graph(path), device)


def write_run(
    folder: Path,
    identity: dict,
    settings: dict,
    state: dict[str, Tensor],
    history: list[dict],
    inputs: list[Path],
    started: float,
) -> None:
    """model.pt, history.csv and run.json, with the row of the best epoch; see write_record()."""
    save(folder / "model.pt", state)
    frame = pd.DataFrame(history)
    with whole(folder / "history.csv") as temporary:
        frame.to_csv(temporary, index=False)
    best = frame.loc[frame.valid_mse.idxmin()].to_dict()
    valid = {"mse": best["valid_mse"], "mae": best["valid_mae"]}
    write_record(folder, identity, settings, valid, inputs, started, best_epoch=int(best["epoch"]))
