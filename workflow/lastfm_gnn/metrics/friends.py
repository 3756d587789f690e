"""Scores of ranked friends."""

import numpy as np
import pandas as pd

PLACES = (10, 20)


def friend_scores(
    scores: pd.DataFrame, hidden: pd.DataFrame, known: pd.DataFrame, strangers: pd.DataFrame
) -> pd.DataFrame:
    """A row for both ends of each hidden friendship: user_id, friend_id, auc, mrr, hits_10, hits_20 and mrr_hard.

    scores: user_id, friend_id, uniform, score of all candidates. The friend is ranked among the user's candidates
    that are neither hidden nor `known` friends nor strangers of theirs, at the mean rank of those it ties with: among
    the uniformly drawn ones, and for mrr_hard among all. auc is the share of the strangers, all pairs of them
    together, that score below it, half for a tie.
    """
    pair = ["user_id", "friend_id"]

    def both(frame: pd.DataFrame) -> pd.DataFrame:
        swapped = frame[pair].set_axis(pair[::-1], axis=1)
        return pd.concat([frame[pair], swapped[pair]], ignore_index=True)

    score_of = scores.set_index(pair).score
    rows = both(hidden)
    rows["score"] = score_of.loc[pd.MultiIndex.from_frame(rows[pair])].to_numpy()
    away = pd.MultiIndex.from_frame(pd.concat([both(part) for part in (hidden, known, strangers)]))
    others = scores[~pd.MultiIndex.from_frame(scores[pair]).isin(away) & scores.user_id.isin(rows.user_id)]
    rank = ranks(rows, others[others.uniform])
    apart = np.sort(score_of.loc[pd.MultiIndex.from_frame(both(strangers))].to_numpy())
    auc = (np.searchsorted(apart, rows.score, "left") + np.searchsorted(apart, rows.score, "right")) / 2 / len(apart)
    hits = {f"hits_{k}": (rank <= k).astype(float) for k in PLACES}
    return rows[pair].assign(auc=auc, mrr=1 / rank, **hits, mrr_hard=1 / ranks(rows, others))


def ranks(rows: pd.DataFrame, others: pd.DataFrame) -> np.ndarray:
    """From 1, of each row's score among the `others` of its user; both: user_id, score."""
    lists = {user: np.sort(of_user.to_numpy()) for user, of_user in others.groupby("user_id").score}
    ranked = [(lists.get(user, np.empty(0)), score) for user, score in zip(rows.user_id, rows.score, strict=True)]
    above = [len(scores) - np.searchsorted(scores, score, "right") for scores, score in ranked]
    ties = [
        np.searchsorted(scores, score, "right") - np.searchsorted(scores, score, "left") for scores, score in ranked
    ]
    return 1 + np.array(above) + np.array(ties) / 2
