"""Lists from which a second stage learns: every user's candidates, described while a part of the listens is hidden.

Models with the same candidates and features read them from one file (`describe_lists`) or make them themselves.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import scipy.sparse as sp

from lastfm_gnn.core.files import whole
from lastfm_gnn.core.program import InputError
from lastfm_gnn.metrics.ranked_lists import hits
from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.scores import ByUsers

TENTHS = 10
LISTS = 1 << 14  # to learn from, with many users


@dataclass(frozen=True)
class Lists:
    """inputs (L, C, F): features of the candidates of those users of whom some candidate is hidden, from the listens
    that remain; targets (L, C) bool: which are hidden. candidates (U, C), best first, and their features (U, C, F),
    from all listens. The last `walks` of the features are those of walks."""

    inputs: np.ndarray
    targets: np.ndarray
    candidates: np.ndarray
    features: np.ndarray
    walks: int = 0

    def without_walks(self) -> "Lists":
        """Contiguous copies, so that sums over them are the same to the bit as of lists that never had walks."""
        end = self.features.shape[2] - self.walks
        inputs, features = (np.ascontiguousarray(part[..., :end]) for part in (self.inputs, self.features))
        return replace(self, inputs=inputs, features=features, walks=0)


# candidates (U, C) and their features (U, C, F)
Described = tuple[np.ndarray, np.ndarray]


def hidden_edges(listens: sp.csr_array, seed: int, folds: int) -> Iterator[tuple[sp.csr_array, sp.csr_array]]:
    """(U, A) of what remains and of what is hidden: a random tenth of each user's list, another in each fold.

    Nothing is hidden of users with one artist.
    """
    rng = np.random.default_rng(seed)
    users, artists = listens.nonzero()
    degree = np.diff(listens.indptr)
    order = np.lexsort((rng.random(listens.nnz), users))
    place = np.empty(listens.nnz, dtype=np.int64)
    place[order] = np.arange(listens.nnz) - listens.indptr[users]
    part = (place + rng.integers(TENTHS, size=len(degree))[users]) % TENTHS
    for fold in range(folds):
        hide = (part == fold) & (degree[users] > 1)
        yield tuple(sp.csr_array((listens.data[of], (users[of], artists[of])), listens.shape) for of in (~hide, hide))


def make_lists(
    describe: Callable[[Sequence[RankingProblem]], Sequence[Described]],
    problems: Sequence[RankingProblem],
    seed: int,
    folds: int,
) -> list[Lists]:
    """For each of the problems, leagues with the same listens, of which describe gives candidates and features. With
    many users (problem.py), one part is hidden, whatever `folds`, and LISTS random lists are learnt from."""
    many = problems[0].many_users
    if many:
        print(f"one part of the listens is hidden, not {folds}; at most {LISTS:,} users' lists are learnt from")
    inputs: list[list[np.ndarray]] = [[] for _ in problems]
    targets: list[list[np.ndarray]] = [[] for _ in problems]
    for remaining, hide in hidden_edges(problems[0].listens, seed, 1 if many else folds):
        described = describe([replace(problem, listens=remaining) for problem in problems])
        for league, (candidates, features) in enumerate(described):
            is_hidden = hits(hide, candidates) > 0
            some = np.flatnonzero(is_hidden.any(1))
            if many and len(some) > LISTS:
                random = np.random.default_rng([seed, 1])  # anew: other leagues change nothing
                some = np.sort(random.choice(some, LISTS, replace=False))
            inputs[league].append(features[some])
            targets[league].append(is_hidden[some])
        del described, candidates, features  # else they are held while all listens are described
    if not all(sum(map(len, of_league)) for of_league in targets):
        raise InputError(
            "nothing to learn from: no hidden listen is among its user's candidates; give more listens, or take the"
            " second stages out of the config (leaderboard: ranking: models)"
        )
    return [
        Lists(np.concatenate(inputs[league]), np.concatenate(targets[league]), *whole_lists)
        for league, whole_lists in enumerate(describe(problems))
    ]


def of_candidates(candidates: np.ndarray, scores: np.ndarray, artists: int) -> ByUsers:
    """(U, artists) in float32: scores (U, C) at the candidates (U, C); others are all alike, below."""
    below = scores.min() - 1

    def of(rows: slice) -> np.ndarray:
        places, values = candidates[rows], scores[rows].astype(np.float32)
        everywhere = np.full((len(places), artists), below, dtype=np.float32)
        np.put_along_axis(everywhere, places, values, axis=1)
        return everywhere

    return ByUsers(of)


def made_of(problem: RankingProblem, seed: int, candidates: int, folds: int) -> str:
    """What lists are made of, by which a file is known."""
    listens, side = problem.listens, problem.side
    arrays = [listens.indptr, listens.indices, listens.data]
    if side:
        arrays += [side.friends.indptr, side.friends.indices, side.tag_user, side.tag_artist, side.tag]
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    names = {"league": problem.league, "seed": seed, "candidates": candidates, "folds": folds}
    return json.dumps(names | {"data_sha256": digest.hexdigest()})


def write_lists(path: Path, lists: Lists, made_of: str) -> None:
    arrays = {one.name: getattr(lists, one.name) for one in fields(lists)}
    with whole(path) as temporary, temporary.open("wb") as file:
        np.savez(file, made_of=np.array(made_of), **arrays)


def read_lists(paths: Sequence[Path], made_of: str) -> Lists:
    """Those of the paths that are made of the same. Raises InputError where none is, or a file is cut."""
    for path in paths:
        try:
            with np.load(path) as file:
                if file["made_of"] == made_of:
                    arrays = {one.name: file[one.name] for one in fields(Lists)}
                    return Lists(**arrays | {"walks": int(arrays["walks"])})
        except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile) as error:
            raise InputError(f"{path}: not readable lists ({error}); delete it and run again") from error
    names = ", ".join(map(str, paths))
    raise InputError(f"{names}: not lists of {made_of}; make those, or leave --lists out")
