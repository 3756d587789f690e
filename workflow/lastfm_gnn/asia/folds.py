"""Folds of the users of LastFM Asia."""

import numpy as np
from sklearn.model_selection import KFold, train_test_split

FOLDS = (*(f"fold_{fold}" for fold in range(5)), "single")
TEST_TO_TRAIN = (1 / 5) / (7 / 10)  # users of a fold; fitted models see validation's, too, in the end: 1/4


def user_split(n: int, split: str) -> dict[str, np.ndarray]:
    """Rows (of n users in the order of their ids) of train, valid and test.

    fold_<k>: the k-th of KFold(5, shuffle, 42), as the notebooks of LastFM Asia, and an eighth of its training
    part for validation. single: 60/20/20.
    """
    if split == "single":
        train, test = train_test_split(np.arange(n), test_size=0.2, random_state=42)
        valid_share = 0.25
    else:
        train, test = list(KFold(5, shuffle=True, random_state=42).split(np.arange(n)))[FOLDS.index(split)]
        valid_share = 0.125
    train, valid = train_test_split(train, test_size=valid_share, random_state=42)
    return {"train": np.sort(train), "valid": np.sort(valid), "test": np.sort(test)}
