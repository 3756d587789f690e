"""Small random graphs of users and artists."""

from dataclasses import replace

import numpy as np
import pandas as pd

from lastfm_gnn.table1.graphs import build_graph
from lastfm_gnn.table1.messages import MessageGraph


def random_graph(seed=0, users=12, artists=20, pairs=70):
    """A message graph in 64-bit, and its pairs."""
    random = np.random.default_rng(seed)
    chosen = random.choice(users * artists, pairs, replace=False)
    frame = pd.DataFrame(
        {"user_id": chosen // artists, "artist_id": chosen % artists, "liking": random.random(pairs)}
    )
    graph = build_graph(np.arange(users), np.arange(artists), frame)
    return MessageGraph(replace(graph, liking=graph.liking.double())), frame
