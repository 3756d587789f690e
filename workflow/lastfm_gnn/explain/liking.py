"""One predicted liking, and the known scores next to it, each of which can be taken away from the model."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lastfm_gnn.data.listens import Pairs, ScoredPairs
from lastfm_gnn.recommend.artists import Recommender
from lastfm_gnn.recommend.champion import Champion


@dataclass(frozen=True)
class ExplainedLiking:
    """user, artist: numbers. The pair's own score, where there is one, is hidden. neighbours: how many of the
    artist's listeners, those with the most artists in common with the user, over the root of how many they have."""

    champion: Champion
    recommender: Recommender
    user: int
    artist: int
    neighbours: int

    @cached_property
    def known(self) -> ScoredPairs:
        liking = self.recommender.liking
        return liking.take((liking.user != self.user) | (liking.artist != self.artist))

    @cached_property
    def listens(self) -> np.ndarray:
        """Places in `known` of the user's own scores."""
        return np.flatnonzero(self.known.user == self.user)

    @cached_property
    def listeners(self) -> np.ndarray:
        """Places in `known` of the neighbours' scores of the artist, the nearest first."""
        known, users = self.known, self.recommender.plays.shape[0]
        own = np.isin(known.artist, known.artist[self.listens])
        common = np.bincount(known.user[own], minlength=users)
        near = common / np.sqrt(np.maximum(np.bincount(known.user, minlength=users), 1))
        places = np.flatnonzero(known.artist == self.artist)
        return places[np.argsort(-near[known.user[places]], kind="stable")[: self.neighbours]]

    def predicted(self, kept: np.ndarray) -> float:
        """By the champion, with all known scores but those of listens and listeners (P,) that are not kept: all that
        it computes is computed without them, so that this is exact. Nothing is trained."""
        seen = np.ones(len(self.known), dtype=bool)
        seen[np.concatenate([self.listens, self.listeners])] = kept
        (users, artists), side = self.recommender.plays.shape, self.recommender.side
        fitted = self.champion.with_known_scores(users, artists, self.known.take(seen), side)
        return float(fitted.predict(Pairs(np.array([self.user]), np.array([self.artist])))[0])

    def names(self, users: np.ndarray) -> list[str]:
        """Of the parts, as people read them. users (U,): what users are called."""
        recommender, known = self.recommender, self.known
        friends = recommender.side.friends[[self.user]].indices
        return [
            *(f"{recommender.names[known.artist[one]]} ({known.liking[one]:.2f})" for one in self.listens),
            *(
                f"{'friend' if known.user[one] in friends else 'user'} {users[known.user[one]]}"
                f" ({known.liking[one]:.2f})"
                for one in self.listeners
            ),
        ]
