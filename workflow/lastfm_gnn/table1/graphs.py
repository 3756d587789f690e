"""The only file that builds DGL graphs: one split's users and artists, and the pairs that carry messages."""

import os
import zlib
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd
import torch

os.environ.setdefault("DGLBACKEND", "pytorch")  # else DGL asks for it and writes into the home folder
import dgl

from lastfm_gnn.core.files import regular, whole
from lastfm_gnn.core.program import InputError, reason

ARRAYS = ("source", "target", "id", "is_user", "liking")
# what a file that is no such archive, or whose arrays are no graph's, raises
UNREADABLE = (
    *(OSError, EOFError, ValueError, TypeError, LookupError, AttributeError, RuntimeError, MemoryError),
    *(BadZipFile, zlib.error, dgl.DGLError),
)


def build_graph(user_id: np.ndarray, artist_id: np.ndarray, pairs: pd.DataFrame) -> dgl.DGLGraph:
    """The undirected homogeneous graph of `pairs`, with their liking scores on its edges (Ou, section 2.2).

    Nodes are the users, then the artists, each in the order of their ids, listened to or not.
    Every pair becomes two directed edges, whichever of its directions `pairs` names; edges are sorted by
    target, then source.
    ndata: id (N,) the id in the raw files, is_user (N,) bool. edata: liking (E,) float32.
    """
    pairs = pairs.drop_duplicates(["user_id", "artist_id"])
    user = np.searchsorted(user_id, pairs.user_id)
    artist = len(user_id) + np.searchsorted(artist_id, pairs.artist_id)
    source, target = np.concatenate([user, artist]), np.concatenate([artist, user])
    liking = np.concatenate([pairs.liking, pairs.liking])
    order = np.lexsort((source, target))
    graph = dgl.graph((source[order], target[order]), num_nodes=len(user_id) + len(artist_id))
    graph.ndata["id"] = torch.as_tensor(np.concatenate([user_id, artist_id]))
    graph.ndata["is_user"] = torch.arange(graph.num_nodes()) < len(user_id)
    graph.edata["liking"] = torch.as_tensor(liking[order], dtype=torch.float32)
    return graph


def save_graph(path: str | Path, graph: dgl.DGLGraph) -> None:
    """As arrays with checksums, which DGL's own format has not: with a changed byte it may abort the process."""
    source, target = graph.edges()
    arrays = {"source": source, "target": target, **graph.ndata, **graph.edata}
    with whole(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **{name: tensor.numpy() for name, tensor in arrays.items()})


def load_graph(path: str | Path) -> dgl.DGLGraph:
    """Raises InputError where the file is missing, cut, damaged or another's."""
    try:
        with np.load(regular(path)) as file:
            arrays = {name: torch.from_numpy(file[name]) for name in ARRAYS}
        graph = dgl.graph((arrays["source"], arrays["target"]), num_nodes=len(arrays["id"]))
        for name in ("id", "is_user"):
            graph.ndata[name] = arrays[name]
        graph.edata["liking"] = arrays["liking"]
    except UNREADABLE as error:
        raise InputError(f"{path}: not a readable graph ({reason(error)}); delete it and run again") from error
    return graph


def locate(graph: dgl.DGLGraph, pairs: pd.DataFrame) -> tuple[torch.Tensor, torch.Tensor]:
    """Node numbers (source, target) of the rows of a split's part: user -> artist, or as `direction` says.

    Raises InputError for a user or artist that is no node of the graph.
    """
    users = int(graph.ndata["is_user"].sum())
    ids = graph.ndata["id"].numpy()
    nodes = []
    for name, known, first in (("user_id", ids[:users], 0), ("artist_id", ids[users:], users)):
        ids = pairs[name].to_numpy()
        place = np.searchsorted(known, ids).clip(max=len(known) - 1)
        if (unknown := ids[known[place] != ids]).size:
            raise InputError(f"{name} {unknown[0]} is no node of the graph; build the graph of the same data again")
        nodes.append(torch.as_tensor(first + place))
    user, artist = nodes
    if "direction" not in pairs:
        return user, artist
    forward = torch.as_tensor((pairs.direction == "user_to_artist").to_numpy(copy=True))
    return torch.where(forward, user, artist), torch.where(forward, artist, user)
