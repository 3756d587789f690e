"""Graph network: Table 1's naive_gcn, unweighted means, on the leaderboard: see table1_networks.py."""

from lastfm_gnn.liking.problem import Fitted, LikingProblem
from lastfm_gnn.liking.table1_networks import NetworkSettings, fit_networks
from lastfm_gnn.table1.models.naive_gcn import StrictLayer

Settings = NetworkSettings


def fit(problem: LikingProblem, settings: Settings, seed: int, trained: dict | None = None) -> Fitted:
    """trained: what an earlier fit kept, to be used as it is. Memory and time grow as table1_networks.py says."""
    return fit_networks(StrictLayer, problem, settings, seed, trained)
