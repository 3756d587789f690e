"""Cold, medium and hot."""

import numpy as np

GROUPS = ("cold", "medium", "hot")


def thirds(activity: np.ndarray) -> np.ndarray:
    """cold, medium or hot for each of (n,): as near to thirds as equal values, which stay together, let it be."""
    return np.array(GROUPS)[np.searchsorted(np.quantile(activity, [1 / 3, 2 / 3]), activity, side="left")]
