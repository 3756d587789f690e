"""Second stage: the rival ranker with the walk features beside its own: the two differ in nothing else."""

from functools import partial

from lastfm_gnn.ranking.learning import learn
from lastfm_gnn.ranking.rivals import describe

scores = partial(learn, describe=partial(describe, walks=True))
