"""Rival: global mean + user's bias + artist's bias, both shrunk: Table 1's predictor of the same name."""

from lastfm_gnn.liking.baselines import bias
from lastfm_gnn.liking.problem import Fitted, LikingProblem

Settings = bias.Settings


def fit(problem: LikingProblem, settings: Settings, seed: int) -> Fitted:
    """The seed is not used: there is nothing random. Memory and time grow with the listens."""
    train, users = problem.train, problem.users
    offset, biases = bias.fit(train.user, users + train.artist, train.liking, users + problem.artists, settings)
    return Fitted(lambda pairs: offset + biases[pairs.user] + biases[users + pairs.artist])
