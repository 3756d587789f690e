"""Features of pairs and neighbours from tags and friendships, together with the known scores of a context.

A user's own tags on the artist of a pair are seen: that somebody listens is known, and how much is predicted.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import scipy.sparse as sp
from sklearn.preprocessing import normalize
from sklearn.utils.extmath import randomized_svd

from lastfm_gnn.core.places import gram_at, values_at
from lastfm_gnn.data.listens import Pairs, Side
from lastfm_gnn.liking.context import Context, sums
from lastfm_gnn.liking.listen_graph import dot_products

SHRINKAGE = 5
DIMENSIONS = 48  # of the tag profiles


@dataclass(frozen=True)
class SideTables:
    """What comes from tags and friendships alone, whichever scores are known. users, artists: how many there are."""

    side: Side
    users: int
    artists: int

    @staticmethod
    @lru_cache(maxsize=1)
    def build(side: Side, users: int, artists: int) -> "SideTables":
        """Computed once for all folds of a problem."""
        return SideTables(side, users, artists)

    @cached_property
    def key(self) -> np.ndarray:
        """Of every tag assignment: user and artist as one number."""
        return self.side.tag_user * self.artists + self.side.tag_artist

    @cached_property
    def tagged(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Tagged pairs as sorted keys, how many tags each has, and the first day."""
        key, place, count = np.unique(self.key, return_inverse=True, return_counts=True)
        day = np.full(len(key), np.iinfo(np.int64).max)
        np.minimum.at(day, place, self.side.day)
        return key, count, day

    @cached_property
    def days(self) -> tuple[np.ndarray, np.ndarray]:
        """Of every tagged pair: where its day is among its user's, in (0, 1); how many artists were tagged on it."""
        keys, _, day = self.tagged
        owner = keys // self.artists
        order = np.lexsort((day, owner))
        rank = np.empty(len(order))
        rank[order] = np.arange(len(order)) - np.searchsorted(owner[order], owner[order])
        rank = (rank + 0.5) / np.bincount(owner, minlength=self.users)[owner]
        _, session, in_session = np.unique(owner * 100_000 + day, return_inverse=True, return_counts=True)
        return rank, in_session[session]

    @cached_property
    def profiles(self) -> tuple[np.ndarray, np.ndarray]:
        """Users (users, d) and artists (artists, d) by the tags they gave and were given, in the main directions;
        users' are unit vectors."""
        side = self.side
        tags = side.tag.max() + 1
        ones = np.ones(len(side.tag), dtype=np.float32)
        of_artists = sp.coo_array((ones, (side.tag_artist, side.tag)), (self.artists, tags)).tocsr()
        rare = np.log(self.artists / np.maximum((of_artists > 0).sum(0), 1)).astype(np.float32)
        weights = normalize(np.sqrt(of_artists) @ sp.diags_array(rare))
        left, values, right = randomized_svd(weights, DIMENSIONS, n_iter=4, random_state=0)
        of_users = sp.coo_array((ones, (side.tag_user, side.tag)), (self.users, tags)).tocsr()
        return normalize(np.sqrt(of_users) @ sp.diags_array(rare) @ right.T), left * values

    @cached_property
    def friends_of_friends(self) -> sp.csr_array:
        """(users, users): common friends over the root of the product of the numbers of friends."""
        friends = self.side.friends
        scale = sp.diags_array(np.maximum(friends.sum(1), 1) ** -0.5)
        return (scale @ friends @ friends @ scale).tocsr().astype(np.float32).sorted_indices()


class SideContext:
    def __init__(self, context: Context, side: Side):
        self.context, self.side = context, side
        self.tables = SideTables.build(side, context.users, context.artists)

    def _find(self, user: np.ndarray, artist: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Place among the tagged pairs, and whether the pair (n,) is one of them."""
        keys = self.tables.tagged[0]
        pair_keys = user * self.context.artists + artist
        place = np.searchsorted(keys, pair_keys).clip(max=len(keys) - 1)
        return place, keys[place] == pair_keys

    @cached_property
    def edge_tags(self) -> np.ndarray:
        """(edges,): log of 1 + how many tags the user gave the artist."""
        place, tagged = self._find(self.context.edges.user, self.context.edges.artist)
        return np.log1p(np.where(tagged, self.tables.tagged[1][place], 0))

    @cached_property
    def profiles(self) -> tuple[np.ndarray, np.ndarray]:
        """Unit vectors of users, by the tags they gave and those of their artists, and of artists."""
        users, artists = self.tables.profiles
        return normalize(users + normalize(self.context.listens @ artists)), normalize(artists)

    def of_artists(self, here: np.ndarray, there: np.ndarray, edge: np.ndarray) -> dict[str, np.ndarray]:
        """Two artists (P,), and the edge to the second."""
        _, profile = self.profiles
        return {"profile": dot_products(profile, here, there), "tags": self.edge_tags[edge]}

    def of_users(self, here: np.ndarray, there: np.ndarray, edge: np.ndarray) -> dict[str, np.ndarray]:
        """Two users (P,), and the edge from the second."""
        users, _ = self.profiles
        return {
            "profile": gram_at(users, here, there),
            "tags": self.edge_tags[edge],
            "friend": values_at(self.side.friends, here, there),
            "friends_of_friends": values_at(self.tables.friends_of_friends, here, there),
        }

    @cached_property
    def _effects(self) -> tuple[np.ndarray, np.ndarray]:
        """Shrunk mean residuals of users' untagged and tagged edges (users, 2); and of every tagged pair the mean of
        those of its tags' edges."""
        context = self.context
        residual = context.standard
        tagged = self.edge_tags > 0
        group = 2 * context.edges.user + tagged
        count = np.bincount(group, minlength=2 * context.users)
        of_users = sums(group, residual, 2 * context.users) / (count + SHRINKAGE)
        # assignments whose pair is an edge
        keys = context.edges.user * context.artists + context.edges.artist
        place = np.searchsorted(keys, self.tables.key).clip(max=len(keys) - 1)
        known = keys[place] == self.tables.key
        tags = self.side.tag.max() + 1
        count = np.bincount(self.side.tag[known], minlength=tags)
        of_tags = sums(self.side.tag[known], residual[place[known]], tags) / (count + 2 * SHRINKAGE)
        tagged_pairs, count, _ = self.tables.tagged
        places = np.searchsorted(tagged_pairs, self.tables.key)
        return of_users.reshape(-1, 2), sums(places, of_tags[self.side.tag], len(tagged_pairs)) / count

    @cached_property
    def _tagging_friends(self) -> sp.csr_array:
        """(users, artists): how many friends of the user tagged the artist."""
        keys = self.tables.tagged[0]
        places = keys // self.context.artists, keys % self.context.artists
        tagged = sp.csr_array((np.ones(len(keys)), places), (self.context.users, self.context.artists))
        return (self.side.friends @ tagged).tocsr().sorted_indices()

    def of_pairs(self, pairs: Pairs) -> np.ndarray:
        """(T, 15): how the user tagged the artist and when, what tags of that kind are worth, who else did."""
        context, side = self.context, self.side
        keys, tags, _ = self.tables.tagged
        place, tagged = self._find(pairs.user, pairs.artist)
        of_users, effect = self._effects
        count = np.bincount(keys // context.artists, minlength=context.users)
        rank, in_session = self.tables.days
        listeners = context.artist_count[pairs.artist]
        taggers = np.bincount(keys % context.artists, minlength=context.artists)[pairs.artist] - tagged
        profile_user, profile_artist = self.profiles
        share = self._tagged_share
        columns = [
            tagged,
            np.where(tagged, np.log1p(tags[place]), 0),
            np.where(tagged, rank[place], 0.5),
            np.where(tagged, np.log1p(in_session[place]), 0),
            np.where(tagged, effect[place], 0),
            np.log1p(count[pairs.user]),
            share[pairs.user],
            *of_users[pairs.user].T,
            of_users[pairs.user, tagged.astype(int)],
            np.log1p(taggers),
            taggers / (listeners + 1),
            np.log1p(side.friends.sum(1))[pairs.user],
            (profile_user[pairs.user] * profile_artist[pairs.artist]).sum(1),
        ]
        columns.append(np.log1p(values_at(self._tagging_friends, pairs.user, pairs.artist)))
        return np.column_stack(columns)

    @cached_property
    def _tagged_share(self) -> np.ndarray:
        """Share of a user's edges that are tagged, shrunk to everybody's."""
        tagged = self.edge_tags > 0
        total = sums(self.context.edges.user, tagged, self.context.users) + SHRINKAGE * tagged.mean()
        return total / (self.context.user_count + SHRINKAGE)

    def sums(self, near, residual: np.ndarray, count: int) -> np.ndarray:
        """(count, 6): friends among the artist's listeners, friends of friends, and users of alike tags: how many,
        and their mean residual, shrunk."""
        columns = []
        for name, power in (("friend", 1), ("friends_of_friends", 1), ("profile", 4)):
            weight = np.maximum(near.features[name], 0) ** power
            total = sums(near.pair, weight, count)
            columns += [total, sums(near.pair, weight * residual, count) / (total + 1)]
        return np.column_stack(columns)
