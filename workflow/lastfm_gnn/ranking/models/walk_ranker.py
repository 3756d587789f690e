"""Second stage: a small network that ranks each user's candidates by walks on the user-artist graph.

A pair (user, artist) is described by what arrives from the user's whole neighbourhood by several filters of the
graph, and how it arrives: from the nearest, the three nearest, many, of the user's artists and of the artist's
listeners. None of these messages is learned: the network only weighs them. It learns on hidden edges: a tenth of the
training edges are taken out, everything is computed from the rest, and the hidden ones must come first (softmax over
the list: Cao et al., "ListNet", ICML 2007).

With side information a pair is described by what friends listen to (friends); and by what others tagged, but never by
a user's own events on an artist outside their training list (side); and by those, too: who tagged an artist surely
knows it, so that this tells of hidden listens (own_tags).
"""

from collections.abc import Sequence

import numpy as np

from lastfm_gnn.ranking.learning import RankerSettings, learn
from lastfm_gnn.ranking.lists import Described, make_lists
from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.scores import ByUsers, best_artists
from lastfm_gnn.ranking.side import others_tagged, side_features, tagged
from lastfm_gnn.ranking.walk_features import PROPOSING, graph_of, messages
from lastfm_gnn.ranking.weights import binary, degrees, of_length_one

TAG_WEIGHT = 0.3  # of what others tagged, in the choice of candidates


Settings = RankerSettings


def describe(problem: RankingProblem, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Candidates (U, count), best first; and what arrives at them (U, count, F)."""
    listens, league = problem.listens, problem.league
    graph = graph_of(listens)
    kernel = graph.kernel(PROPOSING)
    proposed = graph.filtered(PROPOSING)
    if league in ("side", "own_tags"):
        tags = others_tagged(listens, problem.known_side, kernel)
        np.add(proposed, TAG_WEIGHT * tags, out=proposed, casting="same_kind")
    if league == "own_tags":
        proposed += 1e3 * binary(tagged(problem.known_side, listens.shape)).toarray()
    candidates = best_artists(proposed, listens, count)
    parts = [messages(graph, candidates), degrees(graph.plays, candidates)]
    parts += side_features(problem, of_length_one(graph.weights), kernel, candidates)
    return candidates, np.concatenate(parts, axis=2)


def fit(problem: RankingProblem, settings: Settings, seed: int) -> ByUsers:
    """(U, A)."""
    problem.expect_room(arrays=10, kernels=6)

    def describe_one(problems: Sequence[RankingProblem]) -> list[Described]:
        return [describe(one, settings.candidates) for one in problems]

    (lists,) = make_lists(describe_one, [problem], seed, settings.folds)
    return learn(lists, settings, seed, problem)
