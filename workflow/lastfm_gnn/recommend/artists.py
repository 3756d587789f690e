"""Artists whom a user does not listen to yet: how much they will be liked, and for which listens and friends.

All known listens are used. The order is that of the graph filter, whose score is a sum over listens and friends; how
much each artist will be liked is predicted by the champion.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sp

from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.data.listens import Pairs, ScoredPairs, Side
from lastfm_gnn.metrics.diversity import unit_listeners
from lastfm_gnn.ranking.graph_filter import FilterSettings, GraphFilter
from lastfm_gnn.ranking.variety import CANDIDATES, varied
from lastfm_gnn.recommend.champion import Champion
from lastfm_gnn.recommend.filter_run import FilterRun
from lastfm_gnn.recommend.listens import listens_of
from lastfm_gnn.recommend.names import ArtistNames, Played

DIGITS = 18  # of an id, at most
REASONS = 3  # listens and friends that are named


@dataclass(frozen=True)
class Recommender:
    """user_id (U,), artist_id, names (A,); plays (U, A); liking: its scores; side as ListenData has it; settings: of
    the filter; champion: None where no liking is to be predicted."""

    user_id: np.ndarray
    artist_id: np.ndarray
    names: np.ndarray
    plays: sp.csr_array
    liking: ScoredPairs
    side: Side
    settings: FilterSettings
    champion: Champion | None

    @staticmethod
    def load(folder: Path, chosen: Champion | FilterRun) -> "Recommender":
        """From the folder of HetRec's tables."""
        data, liking, names, plays = listens_of(folder, chosen.seed)
        side = data.side(folder / "friends.parquet", folder / "tag_assignments.parquet")
        champion = chosen if isinstance(chosen, Champion) else None
        return Recommender(data.users.ids, data.artists.ids, names, plays, liking, side, chosen.filter, champion)

    def filter(self, tilt: float = 0.0) -> GraphFilter:
        """Of these users' listens. It serves those who join later, too: a new listen needs no new filter. tilt: a
        power of an artist's listeners beside the filter's own, below 0 for rarer artists."""
        return GraphFilter(self.plays, replace(self.settings, popularity=self.settings.popularity + tilt))

    def joined_by(self, played: Played, liking: np.ndarray) -> "Recommender":
        """With one more user, of id 0, number U, without friends and tags: what they played, and its liking (n,)."""
        new, (users, artists) = np.full(len(liking), len(self.user_id)), self.plays.shape
        friends = self.side.friends.copy()
        friends.resize((users + 1, users + 1))
        known = self.liking
        return replace(
            self,
            user_id=np.append(self.user_id, 0),
            plays=sp.vstack([self.plays, plays_row(played, artists)], format="csr"),
            liking=ScoredPairs(
                np.concatenate([known.user, new]),
                np.concatenate([known.artist, played.artist]),
                np.concatenate([known.liking, liking]),
            ),
            side=replace(self.side, friends=friends),
        )

    def best(self, graph: GraphFilter, users: np.ndarray, count: int, variety: float = 0.0) -> pd.DataFrame:
        """tables.RECOMMENDED_ARTISTS: the best `count` artists of each of `users`, by number; fewer of who listens to
        nearly all. Without a champion there is no predicted_liking. variety: as lists() has it."""
        friends = self.side.friends[users][:, : graph.weights.shape[0]]
        lists = self.lists(graph, self.plays[users], friends, count, variety)
        of = users[lists.person]
        if self.champion:
            users_now, artists_now = self.plays.shape
            fitted = self.champion.with_known_scores(users_now, artists_now, self.liking, self.side)
            lists["predicted_liking"] = fitted.predict(Pairs(of, lists.number.to_numpy(copy=True)))
        lists["user_id"] = self.user_id[of]
        return lists[[name for name in tables.RECOMMENDED_ARTISTS.names if name in lists]]

    def lists(
        self, graph: GraphFilter, plays: sp.csr_array, friends: sp.csr_array, count: int, variety: float = 0.0
    ) -> pd.DataFrame:
        """The best `count` artists for each of n people with plays (n, A) and friends (n, U), in or not in the data;
        fewer for who listens to nearly all. Columns person (0 .. n - 1), rank, number and artist_id (of the artist),
        artist, score, listens, friends. A share is of all listens and friends that speak for the artist, not of those
        against. variety: as varied() has it, among the best CANDIDATES."""
        weights = graph.weigh(plays)
        scores = graph.scores(weights, friends)
        scores[weights.nonzero()] = -np.inf
        unit = unit_listeners(self.plays) if variety else None
        rows = []
        for person in range(len(scores)):
            artists = highest(scores[person], count)
            if unit is not None:
                artists = _varied(scores[person], unit, count, variety)
            own_weights, own_friends = weights[[person]], friends[[person]]
            from_listens, from_friends = graph.shares(own_weights, own_friends, artists)
            score = scores[person, artists]
            speaking = np.maximum(from_listens, 0).sum(0) + np.maximum(from_friends, 0).sum(0)
            for rank, artist in enumerate(artists[np.isfinite(score)]):
                row = {"person": person, "rank": rank + 1, "number": artist, "artist_id": self.artist_id[artist]}
                row |= {"artist": self.names[artist], "score": score[rank]}
                row["listens"] = [
                    {"artist_id": self.artist_id[number], "artist": self.names[number], "share": share}
                    for number, share in _largest(own_weights.indices, from_listens[:, rank], speaking[rank])
                ]
                row["friends"] = [
                    {"user_id": self.user_id[number], "share": share}
                    for number, share in _largest(own_friends.indices, from_friends[:, rank], speaking[rank])
                ]
                rows.append(row)
        return pd.DataFrame(rows)

    def artist_names(self, folder: Path) -> ArtistNames:
        """Of these artists, with the MusicBrainz ids of the folder's tables."""
        listeners = np.bincount(self.plays.indices, minlength=len(self.artist_id))
        artists = pd.DataFrame({"number": range(len(listeners)), "name": self.names, "listeners": listeners})
        return ArtistNames(artists.assign(mbid=_artist_mbids(folder, self.artist_id)))


def plays_row(played: Played, artists: int) -> sp.csr_array:
    """(1, artists): one person's plays, as the filter takes them."""
    places = np.zeros_like(played.artist), played.artist
    return sp.csr_array((played.count.astype(np.float32), places), (1, artists))


def _varied(scores: np.ndarray, unit: sp.csc_array, count: int, variety: float) -> np.ndarray:
    """As highest(), but the best CANDIDATES in the order of varied()."""
    order = highest(scores, min(max(count, CANDIDATES), len(scores)))
    nearer = order[:CANDIDATES]
    first = nearer[varied(scores[nearer], unit[:, nearer], min(count, len(nearer)), variety)]
    return np.concatenate([first, order[CANDIDATES:]])[:count]


def highest(scores: np.ndarray, count: int) -> np.ndarray:
    """Of the `count` highest of scores (A,), the highest first; equal ones in the order of their numbers, which are
    drawn by chance."""
    near = np.flatnonzero(scores >= -np.partition(-scores, count - 1)[count - 1])
    return near[np.argsort(-scores[near], kind="stable")][:count]


def _names(folder: Path) -> pd.Series | None:
    """By user_id, where the data are somebody's own listens."""
    path = folder / "user_names.parquet"
    return tables.read(path, tables.USER_NAMES).set_index("user_id").name if path.is_file() else None


def _artist_mbids(folder: Path, artist_id: np.ndarray) -> np.ndarray:
    """(A,): MusicBrainz ids of the folder's artist_mbids.parquet, which own listens may have; "" of the others."""
    path = folder / "artist_mbids.parquet"
    if not path.is_file():
        return np.full(len(artist_id), "")
    return (
        tables.read(path, tables.ARTIST_MBIDS)
        .set_index("artist_id")
        .mbid.reindex(artist_id, fill_value="")
        .to_numpy()
    )


def user_names(folder: Path, user_id: np.ndarray) -> np.ndarray:
    """What users are called: by the folder's user_names.parquet or, where there is none, by their ids."""
    names = _names(folder)
    return user_id.astype(str) if names is None else names.loc[user_id].to_numpy()


def user_number(user: str, folder: Path, user_id: np.ndarray, called: str = "--user") -> int:
    """The number of the user of that name in the folder's user_names.parquet or, where there is none, of that id.
    called: what an InputError calls it."""
    names = _names(folder)
    if names is not None:
        found = names.index[names == user]
        if len(found):
            user = str(found[0])
        elif not (user.isdecimal() and len(user) <= DIGITS and int(user) in names.index):
            where = folder / "user_names.parquet"
            raise InputError(f"{called} {user:.50}: none of {len(names)} names in {where}, such as {names.iloc[0]}")
    if not user.isdecimal():
        raise InputError(f"{called} {user:.50}: users are known by their ids alone, such as {user_id.min()}")
    places = np.flatnonzero(user_id == (int(user) if len(user) <= DIGITS else -1))
    if not len(places):
        raise InputError(
            f"{called} {user:.50}: not in the data, whose {len(user_id)} users are {user_id.min()} to {user_id.max()}"
        )
    return int(places[0])


def _largest(numbers: np.ndarray, parts: np.ndarray, whole: float) -> list[tuple[int, float]]:
    """Those of the largest parts, with their shares of the whole; none of a part below 0."""
    order = np.argsort(-parts, kind="stable")[:REASONS]
    return [(numbers[place], float(parts[place] / whole)) for place in order if parts[place] > 0]
