"""The two ways to part the listens into train, valid and test, both 8:1:1."""

import numpy as np
import pandas as pd

PARTS = ("train", "valid", "test")


def strict_split(listens: pd.DataFrame, seed: int) -> dict[str, pd.DataFrame]:
    """Part the pairs: a pair and its score are in one part only, whichever way it is read.

    Rows in the raw file's order, permuted by numpy's default_rng(seed), cut at int(.8 n) and int(.9 n).
    This is the only use ever made of row order. Columns: user_id, artist_id, liking.
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


SPLITS = {"strict": strict_split, "published": published_split}
