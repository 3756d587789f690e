"""The files of explanations: <name>.csv, a row a part, and <name>_fidelity.csv, a row a subject, measure and size."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from lastfm_gnn.asia.snapshot import SeenNetwork
from lastfm_gnn.core.files import whole
from lastfm_gnn.explain.fidelity import COLUMNS
from lastfm_gnn.explain.masked_prediction import MaskedPrediction

SUBJECT = ["what", "subject", "prediction", "score"]


def label(what: str, subject: str, prediction: MaskedPrediction, seen: SeenNetwork) -> dict:
    """Columns that say what is explained: of one user's prediction, or of many users'."""
    of_one_user = len(prediction.targets) == 1
    name = seen.output_name(int(prediction.outputs[0])) if of_one_user else "each user's"
    return {"what": what, "subject": subject, "prediction": name, "score": prediction.probability()}


def importance_rows(
    subject: dict, parts: list[str], importance: np.ndarray, **more: np.ndarray | float
) -> pd.DataFrame:
    """The most important first."""
    rows = pd.DataFrame({**subject, "part": parts, "importance": importance, **more})
    return rows.sort_values("importance", ascending=False, kind="stable")


def explain_each(
    seen: SeenNetwork, users: list[int], explain: Callable[[SeenNetwork, int, int], tuple[pd.DataFrame, pd.DataFrame]]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Importances and fidelities of all users. Raises InputError for an unknown user before any is explained."""
    rows = {user: seen.row(user) for user in users}
    importances, fidelities = zip(*(explain(seen, user, row) for user, row in rows.items()), strict=True)
    return pd.concat(importances), pd.concat(fidelities)


def write_explanations(folder: Path, name: str, importances: pd.DataFrame, fidelities: pd.DataFrame) -> None:
    for suffix, rows in (("", importances), ("_fidelity", fidelities[[*SUBJECT, *COLUMNS]])):
        with whole(folder / f"{name}{suffix}.csv") as temporary:
            rows.to_csv(temporary, index=False, float_format="%.6g")
