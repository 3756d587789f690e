"""Second stage: the rival ranker with the walk features beside its own: the two differ in nothing else."""

from lastfm_gnn.ranking.learning import RankerSettings, learn
from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.rivals import rival_lists
from lastfm_gnn.ranking.scores import ByUsers

Settings = RankerSettings


def fit(problem: RankingProblem, settings: Settings, seed: int) -> ByUsers:
    """(U, A)."""
    lists = rival_lists(problem, True, seed, settings.candidates, settings.folds)
    return learn(lists, settings, seed, problem)
