"""What a count says of how much a user likes an artist."""

import numpy as np
import pandas as pd


def liking_scores(user_id: np.ndarray, count: np.ndarray, score: str) -> np.ndarray:
    """Liking of each listen, in [0, 1]: `score` is "ln" or "log1p"; 0 / 0 is 1."""
    log = pd.Series(np.log(count) if score == "ln" else np.log1p(count))
    largest = log.groupby(user_id).transform("max").to_numpy()
    return np.divide(log.to_numpy(), largest, out=np.ones(len(log)), where=largest > 0)
