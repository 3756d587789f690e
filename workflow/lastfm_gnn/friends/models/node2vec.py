"""node2vec (Grover and Leskovec, 2016): embeddings by skip-grams of second-order random walks (gensim's Word2Vec)."""

from dataclasses import dataclass

import numpy as np
from gensim.models import Word2Vec

from lastfm_gnn.core.members import mean_of_members
from lastfm_gnn.data.friendships import FriendGraph
from lastfm_gnn.friends.problem import FriendProblem

STEP = 90  # bytes of a step of a walk, as a number twice and as text for gensim


@dataclass(frozen=True)
class Settings:
    """width: of an embedding; count: of walks from each user, length: of each; window, epochs: of the skip-grams;
    back, away: p and q of the paper; hubs: weight of the log degrees; members: embeddings, whose mean counts."""

    width: int
    count: int
    length: int
    window: int
    epochs: int
    back: float
    away: float
    hubs: float
    members: int


def walks(graph: FriendGraph, settings: Settings, random: np.random.Generator) -> np.ndarray:
    """(count · users with a friend, length): walks from every user who has a friend.

    A step from v, come from t, goes to friend x of v with odds 1 / back if x is t, 1 if x is a friend of t, and
    1 / away otherwise (equation 2; the paper's p and q): by drawing x uniformly and refusing it by its odds.
    """
    back, away = settings.back, settings.away
    n = len(graph.degree)
    start, friends = graph.adjacency.indptr, graph.adjacency.indices
    edges = np.sort(np.repeat(np.arange(n), np.diff(start)).astype(np.int64) * n + friends)
    largest = max(1 / back, 1.0, 1 / away)
    first = np.tile(np.flatnonzero(graph.degree > 0), settings.count)
    walks = np.empty((len(first), settings.length), dtype=np.int64)
    walks[:, 0] = first
    for step in range(1, settings.length):
        left = np.arange(len(walks))
        while len(left):
            here = walks[left, step - 1]
            there = friends[start[here] + random.integers(graph.adjacency.indptr[here + 1] - start[here])]
            odds = np.full(len(left), largest)
            if step > 1:
                before = walks[left, step - 2]
                key = before * n + there
                near = edges[np.minimum(np.searchsorted(edges, key), len(edges) - 1)] == key
                odds = np.where(there == before, 1 / back, np.where(near, 1, 1 / away))
            taken = random.random(len(left)) * largest < odds
            walks[left[taken], step] = there[taken]
            left = left[~taken]
    return walks


def embeddings(graph: FriendGraph, settings: Settings, seed: int) -> np.ndarray:
    """(N, width), each of length 1; of 0 for users without a friend."""
    random = np.random.default_rng(seed)
    steps = random.permutation(walks(graph, settings, random))
    model = Word2Vec(
        [[str(user) for user in walk] for walk in steps.tolist()],
        vector_size=settings.width,
        window=settings.window,
        min_count=0,
        sg=1,
        negative=5,
        epochs=settings.epochs,
        workers=1,  # more would race for the weights
        seed=seed,
    )
    vectors = np.zeros((len(graph.degree), settings.width), dtype=np.float32)
    vectors[[int(user) for user in model.wv.index_to_key]] = model.wv.get_normed_vectors()
    return vectors


def fit(problem: FriendProblem, settings: Settings, seed: int) -> np.ndarray:
    """(P,): the cosine of both embeddings and `hubs` times the log of both degrees.

    Memory grows with N · count · length, time with that · window · width. Raises InputError where that does not
    fit."""
    graph, pairs = problem.graph, problem.pairs
    problem.expect_room(STEP * len(graph.degree) * settings.count * settings.length)
    parts = np.array_split(pairs, len(pairs) // 50_000 + 1)

    def cosine(number: int) -> np.ndarray:
        vectors = embeddings(graph, settings, number)
        return np.concatenate([(vectors[part[:, 0]] * vectors[part[:, 1]]).sum(1) for part in parts])

    log_degree = np.log(np.maximum(graph.degree, 1))
    return mean_of_members(cosine, seed, settings.members) + settings.hubs * log_degree[pairs].sum(1)
