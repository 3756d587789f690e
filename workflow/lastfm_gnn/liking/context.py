"""Users, artists and pairs as a set of known scores describes them: statistics, kernels, edges of the graph."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from sklearn.preprocessing import normalize
from sklearn.utils.extmath import randomized_svd

from lastfm_gnn.core.places import dense_at, gram_at, product_at, sparse_gram_at
from lastfm_gnn.data.listens import Pairs, ScoredPairs, Side
from lastfm_gnn.liking.baselines import bias
from lastfm_gnn.liking.listen_graph import cosine_at

NEIGHBOURS = 640  # edges of a node that its pairs see, at most; HetRec's most popular artist has 611
DENSE_USERS = 1 << 14  # with more users, arrays (users, users) are not made
SPREAD_SHRINKAGE = 5
BIAS = bias.Settings(user_shrinkage=2, artist_shrinkage=15)
QUANTILES = (0, 0.1, 0.25, 0.5, 0.75, 0.9, 1)
DIMENSIONS = 32  # of the spectral embedding
STEP_DIMENSIONS = 64  # of the approximation of users' cosines with everybody, with more than DENSE_USERS


def sums(groups: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """(count,): sum of values (n,) by group (n,)."""
    return np.bincount(groups, values, count)


def largest(values: np.ndarray, group: np.ndarray, count: int) -> np.ndarray:
    """Places, in order, of each group's `count` largest values (n,), the first of equals; group (n,) is sorted."""
    if not len(values):
        return np.zeros(0, dtype=np.int64)
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    sizes = np.diff(starts, append=len(group))
    row = np.repeat(np.arange(len(starts)), sizes)
    table = np.full((len(starts), max(sizes.max(), count)), -np.inf, dtype=values.dtype)
    table[row, np.arange(len(group)) - np.repeat(starts, sizes)] = values
    least = np.partition(table, -count, axis=1)[:, -count][row]  # the count-th largest: quicker than a sort
    above, equal = values > least, values == least
    seen = np.cumsum(equal)
    rank = seen - (seen - equal)[starts][row]  # among the equals of a group, from 1
    left = count - np.add.reduceat(above, starts, dtype=np.int64)[row]
    return np.flatnonzero(above | (equal & (rank <= left)))


def some_of_each(count: np.ndarray, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of nodes with so many edges each (N,), and edges in the order of the nodes: NEIGHBOURS random edges a node, or
    all, as the first place of every node (N + 1,) and edges."""
    first = np.concatenate([[0], np.cumsum(count)])
    if not len(edges) or count.max() <= NEIGHBOURS:
        return first, edges
    node = np.repeat(np.arange(len(count)), count)
    by_chance = np.lexsort((np.random.default_rng(0).random(len(edges)), node))
    kept = np.sort(by_chance[np.arange(len(edges)) - first[node] < NEIGHBOURS])
    return np.concatenate([[0], np.cumsum(np.minimum(count, NEIGHBOURS))]), edges[kept]


def _row_cosines(matrix: np.ndarray) -> np.ndarray:
    """(n, n): cosines of the rows of matrix (n, m), which become unit vectors."""
    unit = normalize(matrix, copy=False)
    return unit @ unit.T


@dataclass(frozen=True)
class Context:
    """Known scores `edges` among `users` and `artists`, and side information, if there is any.

    Edges are sorted by user, then artist. All arrays are (users, ...), (artists, ...) or (edges, ...).
    """

    users: int
    artists: int
    edges: ScoredPairs
    side: Side | None

    @staticmethod
    def build(users: int, artists: int, edges: ScoredPairs, side: Side | None) -> "Context":
        return Context(users, artists, edges.take(np.lexsort((edges.artist, edges.user))), side)

    @cached_property
    def user_count(self) -> np.ndarray:
        return np.bincount(self.edges.user, minlength=self.users)

    @cached_property
    def artist_count(self) -> np.ndarray:
        return np.bincount(self.edges.artist, minlength=self.artists)

    @cached_property
    def _biases(self) -> tuple[float, np.ndarray]:
        edges, n = self.edges, self.users + self.artists
        return bias.fit(edges.user, self.users + edges.artist, edges.liking, n, BIAS)

    @property
    def mean(self) -> float:
        return self._biases[0]

    @property
    def user_bias(self) -> np.ndarray:
        return self._biases[1][: self.users]

    @property
    def artist_bias(self) -> np.ndarray:
        return self._biases[1][self.users :]

    def base(self, pairs: Pairs) -> np.ndarray:
        """Mean and biases: where every network starts from."""
        return self.mean + self.user_bias[pairs.user] + self.artist_bias[pairs.artist]

    @cached_property
    def residual(self) -> np.ndarray:
        """What the biases leave of an edge's score."""
        return self.edges.liking - self.base(self.edges)

    @cached_property
    def spread(self) -> np.ndarray:
        """Standard deviation of a user's residuals, shrunk to everybody's."""
        squares = self.residual**2
        total = sums(self.edges.user, squares, self.users) + SPREAD_SHRINKAGE * squares.mean()
        return np.sqrt(total / (self.user_count + SPREAD_SHRINKAGE))

    @cached_property
    def standard(self) -> np.ndarray:
        """Residual of an edge in its user's spreads."""
        return self.residual / self.spread[self.edges.user]

    @cached_property
    def place(self) -> np.ndarray:
        """Of an edge: the share of its user's scores below its own, in (0, 1)."""
        order = np.lexsort((self.edges.liking, self.edges.user))
        first = np.cumsum(self.user_count) - self.user_count
        user = self.edges.user[order]
        place = np.empty(len(order))
        place[order] = (np.arange(len(order)) - first[user] + 0.5) / self.user_count[user]
        return place

    @cached_property
    def user_popularity(self) -> np.ndarray:
        """Mean log count of listeners of a user's artists."""
        popularity = np.log1p(self.artist_count)[self.edges.artist]
        return sums(self.edges.user, popularity, self.users) / np.maximum(self.user_count, 1)

    @cached_property
    def user_slope(self) -> np.ndarray:
        """How much a user's residuals rise with an artist's log count of listeners, shrunk to 0."""
        user = self.edges.user
        x = np.log1p(self.artist_count)[self.edges.artist] - self.user_popularity[user]
        return sums(user, x * self.residual, self.users) / (sums(user, x * x, self.users) + 10)

    @cached_property
    def user_statistics(self) -> np.ndarray:
        """(users, 13). The second largest score matters: where the largest is below 1, the top artist is hidden."""
        first = np.cumsum(self.user_count) - self.user_count
        scores = self.edges.liking[np.lexsort((self.edges.liking, self.edges.user))]
        ranks = first[:, None] + np.outer(np.maximum(self.user_count - 1, 0), QUANTILES)
        low = np.minimum(np.floor(ranks).astype(int), len(scores) - 1)
        high = np.minimum(np.ceil(ranks).astype(int), len(scores) - 1)
        quantiles = scores[low] + (ranks - low) * (scores[high] - scores[low])
        second = scores[np.minimum(first + np.maximum(self.user_count - 2, 0), len(scores) - 1)]
        scores_of = np.column_stack([quantiles, second])
        scores_of[self.user_count == 0] = self.mean
        own = [np.log1p(self.user_count), self.user_bias, self.spread]
        return np.column_stack([*own, scores_of, self.user_popularity, self.user_slope])

    @cached_property
    def artist_statistics(self) -> np.ndarray:
        """(artists, 7)."""
        artist, count = self.edges.artist, self.artist_count
        some, shrunk = np.maximum(count, 1), count + SPREAD_SHRINKAGE
        squares = self.residual**2
        return np.column_stack(
            [
                np.log1p(count),
                self.artist_bias,
                np.sqrt((sums(artist, squares, self.artists) + SPREAD_SHRINKAGE * squares.mean()) / shrunk),
                sums(artist, self.standard, self.artists) / shrunk,
                np.sqrt((sums(artist, self.standard**2, self.artists) + SPREAD_SHRINKAGE) / shrunk),
                sums(artist, self.user_bias[self.edges.user], self.artists) / some,
                sums(artist, self.user_popularity[self.edges.user], self.artists) / some,
            ]
        )

    def _matrix(self, values: np.ndarray) -> sp.csr_array:
        places = self.edges.user, self.edges.artist
        return sp.csr_array((values.astype(np.float32), places), (self.users, self.artists))

    @cached_property
    def listens(self) -> sp.csr_array:
        """(users, artists): 1 on an edge."""
        return self._matrix(np.ones(len(self.edges)))

    @cached_property
    def _standard(self) -> sp.csr_array:
        """(users, artists): the standard residual on an edge."""
        return self._matrix(self.standard)

    @cached_property
    def user_edges(self) -> tuple[np.ndarray, np.ndarray]:
        """What each user's pairs see: the first place of each user, and edges."""
        return some_of_each(self.user_count, np.arange(len(self.edges)))

    @cached_property
    def artist_edges(self) -> tuple[np.ndarray, np.ndarray]:
        """What each artist's pairs see: the first place of each artist, and edges."""
        return some_of_each(self.artist_count, np.lexsort((self.edges.user, self.edges.artist)))

    @cached_property
    def _listeners(self) -> sp.csr_array:
        """(artists, users): 1 on an edge."""
        return self.listens.T.tocsr()

    @cached_property
    def _standard_by_artist(self) -> sp.csr_array:
        """(artists, users): the standard residual on an edge."""
        return self._standard.T.tocsr()

    def artist_cosine(self, here: np.ndarray, there: np.ndarray) -> np.ndarray:
        """(n,) of artists here and there (n,): cosine of their listeners."""
        return cosine_at(self._listeners, self.listens, here, there)

    def artist_agreement(self, here: np.ndarray, there: np.ndarray) -> np.ndarray:
        """(n,): sum over common listeners of the product of the standard residuals."""
        return product_at(self._standard_by_artist, self._standard, here, there)

    @cached_property
    def _rare(self) -> sp.csr_array:
        """Listens, an artist of many listeners counting for less."""
        return (self.listens @ sp.diags_array(np.maximum(self.artist_count, 1.0) ** -0.5)).tocsr().astype(np.float32)

    def user_cosines(self, here: np.ndarray, there: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n,) of users here and there (n,): cosine of their artists, rare ones counting for more; and cosine of
        their cosines with everybody, which is approximated with more than DENSE_USERS."""
        if self.users > DENSE_USERS:
            return sparse_gram_at(self._unit_rows, here, there), gram_at(self._steps, here, there)
        cosine, two_steps = self._user_kernels
        return dense_at(cosine, here, there), dense_at(two_steps, here, there)

    @cached_property
    def _unit_rows(self) -> sp.csr_array:
        """(users, artists): rows whose products are the cosines."""
        return normalize(self._rare)

    @cached_property
    def _user_kernels(self) -> tuple[np.ndarray, np.ndarray]:
        """(users, users) twice: the cosines, and the cosines of their rows."""
        cosine = (self._unit_rows @ self._unit_rows.T).toarray()
        return cosine, _row_cosines(cosine.copy())

    @cached_property
    def _steps(self) -> np.ndarray:
        """(users, STEP_DIMENSIONS): unit vectors whose products approximate the cosines of the rows of the cosines C.
        With C = U S² Uᵀ, these are the cosines of the rows of U S², of which the largest singular values are kept: on
        average they are higher than the exact ones."""
        left, values, _ = randomized_svd(self._unit_rows, STEP_DIMENSIONS, n_iter=4, random_state=0)
        return normalize(left * values**2)

    def user_spectral(self, here: np.ndarray, there: np.ndarray) -> np.ndarray:
        """(n,): cosine of the users' embeddings."""
        users, _ = self.embeddings
        return gram_at(users, here, there)

    def user_agreement(self, here: np.ndarray, there: np.ndarray) -> np.ndarray:
        """(n,): sum over common artists of the product of the standard residuals."""
        return sparse_gram_at(self._standard, here, there)

    @cached_property
    def embeddings(self) -> tuple[np.ndarray, np.ndarray]:
        """Unit vectors of users and artists in the main directions of the graph."""
        left, values, right = randomized_svd(self._rare, DIMENSIONS, n_iter=4, random_state=0)
        return normalize(left * values), normalize(right.T * values)
