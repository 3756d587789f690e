"""Scores of ranked friends."""

import numpy as np
import pandas as pd

PLACES = (10, 20)


def friend_scores(
    scores: pd.DataFrame, hidden: pd.DataFrame, known: pd.DataFrame, strangers: pd.DataFrame
) -> pd.DataFrame:
    """A row for both ends of each hidden friendship: user_id, friend_id, auc, mrr, hits_10 and hits_20.

    scores: user_id, friend_id, score of all candidates. The friend is ranked among the user's candidates that are
    neither hidden nor `known` friends nor strangers of theirs, at the mean rank of those it ties with; auc is the
    share of the strangers, all pairs of them together, that score below it, half for a tie.
    """
    pair = ["user_id", "friend_id"]

    def both(frame: pd.DataFrame) -> pd.DataFrame:
        swapped = frame[pair].set_axis(pair[::-1], axis=1)
        return pd.concat([frame[pair], swapped[pair]], ignore_index=True)

    found = scores.set_index(pair).score
    rows = both(hidden)
    rows["score"] = found.loc[pd.MultiIndex.from_frame(rows[pair])].to_numpy()
    away = pd.MultiIndex.from_frame(pd.concat([both(part) for part in (hidden, known, strangers)]))
    others = scores[~pd.MultiIndex.from_frame(scores[pair]).isin(away) & scores.user_id.isin(rows.user_id)]
    lists = {user: np.sort(of_user.to_numpy()) for user, of_user in others.groupby("user_id").score}
    below = np.array(
        [np.searchsorted(lists[user], score, "left") for user, score in zip(rows.user_id, rows.score, strict=True)]
    )
    upto = np.array(
        [np.searchsorted(lists[user], score, "right") for user, score in zip(rows.user_id, rows.score, strict=True)]
    )
    size = rows.user_id.map({user: len(of_user) for user, of_user in lists.items()}).to_numpy()
    rank = 1 + (size - upto) + (upto - below) / 2
    apart = np.sort(found.loc[pd.MultiIndex.from_frame(both(strangers))].to_numpy())
    auc = (np.searchsorted(apart, rows.score, "left") + np.searchsorted(apart, rows.score, "right")) / 2 / len(apart)
    hits = {f"hits_{k}": (rank <= k).astype(float) for k in PLACES}
    return rows[pair].assign(auc=auc, mrr=1 / rank, **hits)
