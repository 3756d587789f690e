"""The ways to part the listens into train, valid and test, all 8:1:1."""

import numpy as np
import pandas as pd

PARTS = ("train", "valid", "test")


def strict_split(listens: pd.DataFrame, seed: int) -> dict[str, pd.DataFrame]:
    """Part the pairs: a pair and its score are in one part only, whichever way it is read.

    Rows in the raw file's order, permuted by numpy's default_rng(seed), cut at int(.8 n) and int(.9 n).
    Columns: user_id, artist_id, liking.
    """
    n = len(listens)
    shuffled = listens[["user_id", "artist_id", "liking"]].iloc[np.random.default_rng(seed).permutation(n)]
    cuts = [0, int(0.8 * n), int(0.9 * n), n]
    return {part: shuffled.iloc[start:stop] for part, start, stop in zip(PARTS, cuts, cuts[1:], strict=False)}


def published_split(listens: pd.DataFrame, seed: int) -> dict[str, pd.DataFrame]:
    """Part the *directed* edges, as the authors' code does. IT LEAKS, and is kept only to be compared with.

    A pair is two directed edges with one score. The last tenth of their permutation is test, the tenth
    before it validation, so that about four fifths of the test edges have their reversed twin, with the
    same score, in train. The permutation is torch's, as theirs. Columns: user_id, artist_id, liking, direction.
    """
    import torch  # a second to import, and only this split needs it

    pairs = listens[["user_id", "artist_id", "liking"]]
    edges = pd.concat([pairs.assign(direction="user_to_artist"), pairs.assign(direction="artist_to_user")])
    shuffled = edges.iloc[torch.randperm(len(edges), generator=torch.Generator().manual_seed(seed)).numpy()]
    tenth = len(edges) // 10
    cuts = [0, len(edges) - 2 * tenth, len(edges) - tenth, len(edges)]
    return {part: shuffled.iloc[start:stop] for part, start, stop in zip(PARTS, cuts, cuts[1:], strict=False)}


def train_normalised(parts: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The parts with liking divided by the user's largest *in train*: a score then tells nothing of the counts that
    are held out, and may be above 1 in valid and test.

    A user who has no training score above 0 has the median user's largest.
    """
    largest = parts["train"].groupby("user_id").liking.max()
    largest = largest[largest > 0]
    return {
        part: frame.assign(liking=frame.liking / frame.user_id.map(largest).fillna(largest.median()))
        for part, frame in parts.items()
    }


def ranking_split(listens: pd.DataFrame, seed: int) -> dict[str, pd.DataFrame]:
    """Part every user's listens: of n, valid and test get n / 10 each, rounded half up, drawn by default_rng(seed).

    Users of fewer than five artists are in train alone. Columns: user_id, artist_id, count.
    """
    ordered = listens[["user_id", "artist_id", "count"]].sort_values(["user_id", "artist_id"])
    drawn = ordered.iloc[np.random.default_rng(seed).permutation(len(ordered))]
    place = drawn.groupby("user_id").cumcount()
    tenth = (drawn.groupby("user_id")["count"].transform("size") + 5) // 10
    part = np.where(place < tenth, "test", np.where(place < 2 * tenth, "valid", "train"))
    return {name: drawn[part == name].sort_index() for name in PARTS}


SPLITS = {"strict": strict_split, "published": published_split}
