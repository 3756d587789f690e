"""A trained network of users with all that it sees when it scores, in one file: what explanations start from."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor

from lastfm_gnn.asia.networks import UserNetwork
from lastfm_gnn.core.checkpoints import UNREADABLE, load, save, unreadable
from lastfm_gnn.core.program import InputError

ARRAYS = ("user_id", "scored", "output_artists")  # the last fields, in order


@dataclass(frozen=True)
class SeenNetwork:
    """likes (N, A), rows of zeros where hidden, or None; embedding (N, D) or None; adjacency (N, N) [target, source].

    family: "region" (softmax over outputs) or "artists" (a sigmoid each). user_id (N,), sorted; scored (S,): rows of
    the users that the run scores; output_artists (C,): ids of the outputs. A column of likes is an artist's id.
    """

    family: str
    network: UserNetwork
    likes: sp.csr_array | None
    embedding: Tensor | None
    adjacency: sp.csr_array
    user_id: np.ndarray
    scored: np.ndarray
    output_artists: np.ndarray

    def row(self, user: int) -> int:
        """Raises InputError for a user that is not among them."""
        places = np.flatnonzero(self.user_id == user)
        if not len(places):
            raise InputError(f"explanations.users in the config: there is no user {user}; name others")
        return int(places[0])

    def log_probabilities(self, scores: Tensor) -> Tensor:
        """(U, C) of the network's scores (U, C)."""
        return torch.log_softmax(scores, 1) if self.family == "region" else torch.nn.functional.logsigmoid(scores)

    def output_name(self, output: int) -> str:
        return f"region {output}" if self.family == "region" else f"artist {self.output_artists[output]}"

    def feature_names(self) -> list[str]:
        """Of the artists, then of the embedding's dimensions: the users' places in the graph."""
        places = 0 if self.embedding is None else self.embedding.shape[1]
        artists = 0 if self.likes is None else self.likes.shape[1]
        return [f"artist {artist}" for artist in range(artists)] + [f"place {number}" for number in range(places)]


def _pack(matrix: sp.csr_array | None) -> dict | None:
    if matrix is None:
        return None
    parts = {name: torch.from_numpy(getattr(matrix, name)) for name in ("data", "indices", "indptr")}
    return parts | {"shape": tuple(map(int, matrix.shape))}


def _unpack(packed: dict | None) -> sp.csr_array | None:
    if packed is None:
        return None
    return sp.csr_array(tuple(packed[name].numpy() for name in ("data", "indices", "indptr")), packed["shape"])


def write_seen(path: Path, seen: SeenNetwork, shape: dict) -> None:
    """shape: the arguments of the network."""
    content = {"family": seen.family, "shape": shape, "state": seen.network.state_dict(), "embedding": seen.embedding}
    content |= {"likes": _pack(seen.likes), "adjacency": _pack(seen.adjacency)}
    save(path, content | {name: torch.tensor(getattr(seen, name)) for name in ARRAYS})


def read_seen(path: Path) -> SeenNetwork:
    """Dropout is off. Raises InputError where the file is cut or another's."""
    what = "network with all that it sees"
    content = load(path, what, ("family", "shape", "state", "likes", "embedding", "adjacency", *ARRAYS))
    try:
        network = UserNetwork(**content["shape"])
        network.load_state_dict(content["state"])
        network.requires_grad_(False)
        likes, adjacency = _unpack(content["likes"]), _unpack(content["adjacency"])
        arrays = [content[name].numpy() for name in ARRAYS]
    except UNREADABLE as error:
        raise unreadable(path, what, error) from error
    return SeenNetwork(content["family"], network.eval(), likes, content["embedding"], adjacency, *arrays)
