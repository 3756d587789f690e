"""Second stage: the walk ranker's learner on the scores of models without walks: EASE, ALS, neighbours, RP3β,
degrees."""

from functools import partial

from lastfm_gnn.ranking.learning import learn
from lastfm_gnn.ranking.rivals import describe

scores = partial(learn, describe=partial(describe, walks=False))
