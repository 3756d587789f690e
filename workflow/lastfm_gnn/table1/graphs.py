"""One split's users and artists, and the pairs that carry messages, as a graph."""

import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from lastfm_gnn.core.files import regular, whole
from lastfm_gnn.core.program import InputError, reason

# what a file that is no such archive, or whose arrays are no graph's, raises
UNREADABLE = (
    *(OSError, EOFError, ValueError, TypeError, LookupError, AttributeError, RuntimeError, MemoryError),
    *(BadZipFile, zlib.error),
)


@dataclass(frozen=True)
class Graph:
    """An undirected homogeneous graph of N nodes, the users, then the artists, each in the order of their ids.

    source, target (E,) int64: nodes of the directed edges, two for each pair, sorted by target, then source. id (N,)
    int32 or int64: the id in the raw files. is_user (N,) bool. liking (E,) float32: the liking score.
    """

    source: Tensor
    target: Tensor
    id: Tensor
    is_user: Tensor
    liking: Tensor

    @property
    def num_nodes(self) -> int:
        return len(self.id)

    @property
    def num_edges(self) -> int:
        return len(self.source)


def build_graph(user_id: np.ndarray, artist_id: np.ndarray, pairs: pd.DataFrame) -> Graph:
    """The graph of all users and artists, listened to or not, with `pairs` as edges (Ou, section 2.2).

    Every pair becomes two directed edges, whichever of its directions `pairs` names.
    """
    pairs = pairs.drop_duplicates(["user_id", "artist_id"])
    user = np.searchsorted(user_id, pairs.user_id)
    artist = len(user_id) + np.searchsorted(artist_id, pairs.artist_id)
    source, target = np.concatenate([user, artist]), np.concatenate([artist, user])
    liking = np.concatenate([pairs.liking, pairs.liking])
    order = np.lexsort((source, target))
    nodes = len(user_id) + len(artist_id)
    return Graph(
        source=torch.as_tensor(source[order]),
        target=torch.as_tensor(target[order]),
        id=torch.as_tensor(np.concatenate([user_id, artist_id])),
        is_user=torch.arange(nodes) < len(user_id),
        liking=torch.as_tensor(liking[order], dtype=torch.float32),
    )


def save_graph(path: str | Path, graph: Graph) -> None:
    """As arrays with checksums."""
    with whole(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **{name: tensor.numpy() for name, tensor in asdict(graph).items()})


def check(graph: Graph) -> None:
    """Raise ValueError where the arrays are no graph's."""
    whole_numbers = torch.int32, torch.int64
    expected = {
        "source": (whole_numbers[1:], graph.num_edges),
        "target": (whole_numbers[1:], graph.num_edges),
        "liking": ((torch.float32,), graph.num_edges),
        "id": (whole_numbers, graph.num_nodes),
        "is_user": ((torch.bool,), graph.num_nodes),
    }
    for name, (kinds, count) in expected.items():
        array = getattr(graph, name)
        if array.dtype not in kinds or array.shape != (count,):
            raise ValueError(f"{name} has numbers of another kind or count")
    ends = torch.cat([graph.source, graph.target])
    if ((ends < 0) | (ends >= graph.num_nodes)).any():
        raise ValueError("an edge leads to no node")


def load_graph(path: str | Path) -> Graph:
    """Raises InputError where the file is missing, cut, damaged or another's."""
    try:
        with np.load(regular(path)) as file:
            graph = Graph(**{name: torch.from_numpy(file[name]) for name in Graph.__dataclass_fields__})
        check(graph)
    except UNREADABLE as error:
        raise InputError(f"{path}: not a readable graph ({reason(error)}); delete it and run again") from error
    return graph


def locate(graph: Graph, pairs: pd.DataFrame) -> tuple[Tensor, Tensor]:
    """Node numbers (source, target) of the rows of a split's part: user -> artist, or as `direction` says.

    Raises InputError for a user or artist that is no node of the graph.
    """
    users = int(graph.is_user.sum())
    ids = graph.id.numpy()
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
