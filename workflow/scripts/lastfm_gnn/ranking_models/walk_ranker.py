"""Graph model: message passing at many scales on the user-artist graph, and a network that learns whom to believe.

A pair (user, artist) is told what arrives from the user's whole neighbourhood by several filters of the graph, and
how it arrives: from the nearest, the three nearest, many, of the user's artists and of the artist's listeners. A
small network ranks each user's candidates by it. It learns on hidden edges: a tenth of the training edges are taken
out, everything is computed from the rest, and the hidden ones must come first (softmax over the list: Cao et al.,
"ListNet", ICML 2007).

With side information a pair is told what friends listen to (friends); and what others tagged, but never by a user's
own events on an artist outside their training list (side); and those, too: who tagged an artist surely knows it, so
that this tells of hidden listens (own_tags).
"""

import numpy as np
import scipy.sparse as sp

from lastfm_gnn.listen_data import Side
from lastfm_gnn.ranking_learning import best, learn
from lastfm_gnn.ranking_messages import PROPOSING, graph_of, messages, of, user_cosine
from lastfm_gnn.ranking_sides import friend_messages, others_tagged, own_tags, tag_messages, tagged

TAG_WEIGHT = 0.3  # of what others tagged, in the choice of candidates


def describe(listens: sp.csr_array, side: Side | None, league: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Candidates (U, count), best first; and what arrives at them (U, count, F)."""
    graph = graph_of(listens)
    kernel = graph.kernel(PROPOSING)
    proposed = graph.filtered(PROPOSING)
    if league in ("side", "own_tags"):
        proposed += TAG_WEIGHT * others_tagged(listens, side, kernel)
    if league == "own_tags":
        proposed += 1e3 * (tagged(side, listens.shape) > 0).astype(np.float32)
    candidates = best(proposed, listens, count)
    found = [messages(graph, candidates)]

    def add(parts: list[np.ndarray]) -> None:
        found.append(np.stack(parts, axis=2))

    if league != "listens":
        add([of(pairs, candidates) for pairs in friend_messages(listens, side, user_cosine(graph.weights))])
    if league in ("side", "own_tags"):
        add([of(pairs, candidates) for pairs in tag_messages(listens, side, kernel)])
    if league == "own_tags":
        add([np.take_along_axis(pairs, candidates, 1) for pairs in own_tags(listens, side)])
    return candidates, np.concatenate(found, axis=2).astype(np.float32)


def scores(
    listens: sp.csr_array,
    side: Side | None,
    league: str,
    seed: int,
    candidates: int,
    folds: int,
    hidden: int,
    dropout: float,
    learning_rate: float,
    weight_decay: float,
    epochs: int,
    members: int,
) -> np.ndarray:
    """(U, A): the network's score of a candidate; others are all alike, below."""
    return learn(
        lambda known: describe(known, side, league, min(candidates, listens.shape[1])),
        listens,
        seed,
        folds,
        hidden,
        dropout,
        learning_rate,
        weight_decay,
        epochs,
        members,
    )
