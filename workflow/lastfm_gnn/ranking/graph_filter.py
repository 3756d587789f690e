"""A low-pass filter of the user-artist graph, without training: what users listen to, in the slow waves of the graph,
after Shen et al., "How Powerful is Graph Convolution for Recommendation?", CIKM 2021; here the filter has a soft edge
(Butterworth). It is linear in the listens, so that each listen's share in a score is known exactly."""

from dataclasses import dataclass

import numpy as np
import scipy.linalg
import scipy.sparse as sp
from sklearn.utils.extmath import randomized_svd

from lastfm_gnn.core.memory import expect_room
from lastfm_gnn.ranking.scores import ByUsers, Factors, Scores
from lastfm_gnn.ranking.weights import friend_weights, gram, listeners, log_plays, scale_artists

SLOW = 4  # with many users (problem.py), so many times the waves of the cut are kept


@dataclass(frozen=True)
class FilterSettings:
    """cut: about so many waves pass; order: how sharp the edge is, inf for an ideal filter. damping: the power of an
    artist's count of listeners by which plays are divided; popularity: the power that is given back in the end.
    friends: the weight of what friends listen to, in the mean."""

    cut: int
    order: float
    damping: float
    popularity: float
    friends: float


def response(values: np.ndarray, waves: np.ndarray, cut: int, order: float) -> np.ndarray:
    """h(λ) of `values` of λ, above 0; waves: the λ of the graph, ascending."""
    return 1 / (1 + (waves[-min(cut, len(waves))] / values) ** order)


class GraphFilter:
    """The filter V h(λ)/λ Vᵀ of the graph of `listens` (U, A), with h(λ) = 1 / (1 + (λ_cut / λ)^order)."""

    def __init__(self, listens: sp.csr_array, settings: FilterSettings):
        users = listens.shape[0]
        expect_room(f"a filter of all waves of {users:,} users", 16 * users**2, "take fewer users")
        count = listeners(listens)
        self.settings = settings
        self._damping, self._lift = count**-settings.damping, count**settings.popularity
        self.weights = self.weigh(listens)
        # all waves by divide and conquer: a fifth of the time of scipy's choice
        values, waves = scipy.linalg.eigh(gram(self.weights), check_finite=False, driver="evd")
        self.values = np.maximum(values, 1e-9)  # λ (U,), ascending
        self._between = ((waves * self.gain(self.values)) @ waves.T).astype(np.float32)  # (U, U)

    def gain(self, values: np.ndarray) -> np.ndarray:
        """h(λ)/λ of `values` of λ, above 0."""
        return response(values, self.values, self.settings.cut, self.settings.order) / values

    def weigh(self, listens: sp.csr_array) -> sp.csr_array:
        """(n, A): weights of the listens of n users, be they of the graph or not."""
        return scale_artists(log_plays(listens), self._damping)

    def scores(self, weights: sp.csr_array, friends: sp.csr_array | None) -> np.ndarray:
        """(n, A) of n users with weights (n, A) and friends (n, U), if these are known."""
        senders = (weights @ self.weights.T).toarray() @ self._between
        if friends is not None:
            senders += friend_weights(friends, self.settings.friends).toarray()
        return (self.weights.T.tocsr() @ senders.T).T * self._lift

    def shares(
        self, weights: sp.csr_array, friends: sp.csr_array | None, artists: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Parts of one user's scores of `artists` (n,), which add up to them: of the user's own listens, (L, n), in
        the order of weights (1, A); and of their friends, (F, n), in the order of friends (1, U)."""
        columns = self.weights[:, artists].toarray() * self._lift[artists]
        own = self.weights[:, weights.indices].T @ (self._between @ columns)
        of_friends = np.zeros((0, len(artists)), dtype=np.float32)
        if friends is not None:
            arriving = friend_weights(friends, self.settings.friends)
            of_friends = arriving.data[:, None] * columns[arriving.indices]
        return own * weights.data[:, None], of_friends


def slow_waves(listens: sp.csr_array, friends: sp.csr_array | None, settings: FilterSettings) -> Scores:
    """Scores (U, A) of all users with friends (U, U), if these are known, by the filter's slowest SLOW · cut waves
    alone: weights are P √λ Qᵀ, so that what they let through is P √λ h(λ) Qᵀ."""
    count = listeners(listens)
    weights = scale_artists(log_plays(listens), count**-settings.damping)
    users, roots, artists = randomized_svd(weights, SLOW * settings.cut, n_iter=4, random_state=0)
    values = roots[::-1] ** 2
    kept = response(roots**2, values, settings.cut, settings.order)
    lift = count**settings.popularity
    waves = Factors(users * (roots * kept), artists.T * lift[:, None])
    if friends is None:
        return waves
    near, lists = friend_weights(friends, settings.friends), scale_artists(weights, lift)
    return ByUsers(lambda rows: waves[rows] + (near[rows] @ lists).toarray())
