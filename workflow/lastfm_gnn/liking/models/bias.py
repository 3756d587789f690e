"""Rival: global mean + user's bias + artist's bias, both shrunk: Table 1's predictor of the same name."""

from lastfm_gnn.liking.baselines import bias
from lastfm_gnn.liking.problem import Fitted, LikingProblem


def fit(problem: LikingProblem, seed: int, user_shrinkage: float, artist_shrinkage: float) -> Fitted:
    """The seed is not used: there is nothing random."""
    train, users = problem.train, problem.users
    offset, biases = bias.fit(
        train.user,
        users + train.artist,
        train.liking,
        users + problem.artists,
        user_shrinkage,
        artist_shrinkage,
    )
    return Fitted(lambda pairs: offset + biases[pairs.user] + biases[users + pairs.artist])
