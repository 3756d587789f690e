"""All known listens, as recommendations are made from them. Nothing here loads torch: a page needs no network."""

from pathlib import Path

import numpy as np
import scipy.sparse as sp

from lastfm_gnn.data import tables
from lastfm_gnn.data.listens import ListenData, ScoredPairs


def listens_of(folder: Path, seed: int) -> tuple[ListenData, ScoredPairs, np.ndarray, sp.csr_array]:
    """Of the folder of HetRec's tables: users and artists, numbered as the seed has it; the listens with their
    liking; names (A,); plays (U, A)."""
    data = ListenData(folder / "users.parquet", folder / "artists.parquet", seed)
    listens = tables.read(folder / "listens.parquet", tables.LISTENS)
    artists = tables.read(folder / "artists.parquet", tables.ARTISTS).set_index("artist_id")
    liking = data.scored_pairs(listens)
    plays = listens["count"].to_numpy(np.float32)
    shape = len(data.users), len(data.artists)
    names = artists.name.loc[data.artists.ids].to_numpy()
    return data, liking, names, sp.csr_array((plays, (liking.user, liking.artist)), shape)
