"""Hidden friendships, and whom they are ranked against."""

import numpy as np
import pandas as pd

from lastfm_gnn.core.places import holds
from lastfm_gnn.core.program import InputError

NEGATIVES = 500  # drawn uniformly, and as many more in proportion to their number of friends


def hide(ends: np.ndarray, users: int, counts: list[int], random: np.random.Generator) -> list[np.ndarray]:
    """Places of the friendships (E, 2): hidden parts of the sizes `counts`, and last those that are left.

    Friendships come in random order, and one is hidden only while both its ends keep another: hiding at random would
    leave users without a friend, and all that a model would learn of them is "no friends here, so one is hidden".
    """
    degree = np.bincount(ends.ravel(), minlength=users)
    hidden: list[int] = []
    left: list[int] = []
    for place in random.permutation(len(ends)):
        pair = ends[place]
        if len(hidden) < sum(counts) and (degree[pair] > 1).all():
            degree[pair] -= 1
            hidden.append(place)
        else:
            left.append(place)
    return [*np.split(np.array(hidden, dtype=int), np.cumsum(counts)[:-1]), np.array(left, dtype=int)]


def draw_weighted(weight: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    """Up to `count` different places of weight (N,), none of weight 0, each draw in proportion to the weights of
    those left. The places of the smallest exponential variables of these rates (Efraimidis and Spirakis, 2006)."""
    places = np.flatnonzero(weight)
    wait = random.exponential(size=len(places)) / weight[places]
    return places[np.argsort(wait)[:count]]


def row_of(pairs: np.ndarray, user: int, users: int) -> np.ndarray:
    """(users,) bool: who is the second of a pair whose first is `user`; pairs: sorted, first · users + second."""
    start, end = np.searchsorted(pairs, [user * users, (user + 1) * users])
    row = np.zeros(users, dtype=bool)
    row[pairs[start:end] - user * users] = True
    return row


def split_friendships(user_id: np.ndarray, friendships: pd.DataFrame, seed: int) -> dict[str, pd.DataFrame]:
    """Part friendships (user_id < friend_id, each once) by default_rng(seed): a tenth is test, a tenth valid.

    Returns train, valid and test; strangers: for each hidden friendship of a part, a random pair of users who are no
    friends (user_id, friend_id, part); and candidates (user_id, friend_id, uniform), the sorted pairs to score. They
    pair each user who has a hidden friend with 500 random users who are no friends of theirs in any part; the hidden
    friendships and the strangers are among them, from both ends. Nothing marks which is which, so that on validation
    the test friends count as no friends. Where `uniform` is false, there are 500 more who are no friends, drawn in
    proportion to their number of training friends: people with many friends are hard to distinguish from friends.
    """
    random = np.random.default_rng(seed)
    user_id = np.sort(user_id)
    ends = np.searchsorted(user_id, friendships[["user_id", "friend_id"]].to_numpy())
    n, tenth = len(user_id), len(ends) // 10
    test, valid, train = hide(ends, n, [tenth, tenth], random)
    itself = np.arange(n)[:, None].repeat(2, 1)
    friends = np.unique(np.concatenate([itself, ends, ends[:, ::-1]]) @ [n, 1])  # both users as one number
    hidden = ends[np.concatenate([test, valid])]
    if len(friends) == n * n:
        raise InputError("everybody is a friend of everybody: there is nobody to rank friends against")
    pairs = [hidden]
    for user in np.unique(hidden):
        others = np.flatnonzero(~row_of(friends, user, n))
        drawn = random.choice(others, min(NEGATIVES, len(others)), replace=False)
        pairs.append(np.column_stack([np.full(len(drawn), user), drawn]))
    strangers = np.empty((0, 2), dtype=np.int64)
    while len(strangers) < len(hidden):
        drawn = random.integers(n, size=(len(hidden), 2))
        strangers = np.concatenate([strangers, drawn[~holds(friends, drawn @ [n, 1])]])
    strangers = strangers[: len(hidden)]
    both = [pairs[0][:, ::-1], strangers, strangers[:, ::-1]]
    candidates = np.unique(np.concatenate([*pairs, *both]), axis=0)
    apart = np.union1d(friends, candidates @ [n, 1])  # whom the second draw must leave out
    degree = np.bincount(ends[train].ravel(), minlength=n)
    popular = [
        np.column_stack([np.full(len(drawn), user), drawn])
        for user in np.unique(hidden)
        if len(drawn := draw_weighted(np.where(row_of(apart, user, n), 0, degree), NEGATIVES, random))
    ]
    uniform = np.repeat([True, False], [len(candidates), sum(len(one) for one in popular)])
    candidates = np.concatenate([candidates, *popular])
    order = np.lexsort(candidates.T[::-1])

    def frame(pairs: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(user_id[pairs], columns=["user_id", "friend_id"])

    parts = {name: frame(ends[part]) for name, part in (("train", train), ("valid", valid), ("test", test))}
    part = np.repeat(["test", "valid"], [len(test), len(valid)])
    return parts | {
        "strangers": frame(strangers).assign(part=part),
        "candidates": frame(candidates[order]).assign(uniform=uniform[order]),
    }
