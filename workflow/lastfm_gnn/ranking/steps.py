"""One ranking model per file: scores(listens, side, league, seed, ...) -> (U, A), the higher the sooner.

listens (U, A): plays in train. side: friends and tags, None in the league of listens. What a user has in train is
masked by the caller. A model that is trained in steps may yield (step, (U, A)) instead, once for each step at which
its training may stop: the caller chooses among them on validation, which no model sees.
"""

from collections.abc import Iterator

import numpy as np


def by_step(found: np.ndarray | Iterator[tuple[int, np.ndarray]]) -> Iterator[tuple[dict[str, int], np.ndarray]]:
    """Yields ({}, scores (U, A)) of a model without steps, else ({"step": step}, scores) of each."""
    if isinstance(found, np.ndarray):
        yield {}, found
    else:
        for step, scores in found:
            yield {"step": step}, scores
