"""Recommendations as a person reads them, or another program: a table, JSON or CSV on stdout."""

import io
import json
import sys

import numpy as np
import pandas as pd

FORMATS = ("table", "json", "csv")


def _words(reasons: list[dict]) -> str:
    """The names of what says so, with the share of the score where there is one."""
    found = []
    for one in reasons:
        name = one.get("artist", f"user {one['user_id']}" if "user_id" in one else "")
        found.append(f"{name} {one['share']:.0%}" if "share" in one else name)
    return ", ".join(found)


def show(found: pd.DataFrame, form: str) -> None:
    """Columns of lists of dicts hold reasons. In UTF-8, whatever the terminal says that it takes."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    if form == "json":
        json.dump(json.loads(found.to_json(orient="records")), sys.stdout, indent=2, ensure_ascii=False)
        print()
        return
    flat = found.copy()
    for column in flat:
        if flat[column].map(lambda value: isinstance(value, list | np.ndarray)).any():
            flat[column] = flat[column].map(_words)
    if form == "csv":
        flat.to_csv(sys.stdout, index=False)
    else:
        print(flat.to_string(index=False, float_format="%.3f", justify="left"))
