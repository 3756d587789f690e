"""Recommendations as a person reads them, or another program: a table, JSON or CSV on stdout."""

import io
import json
import sys

import numpy as np
import pandas as pd

FORMATS = ("table", "json", "csv")


def _words(reasons: list[dict]) -> str:
    """The names of the reasons, with their shares of the score where they have one."""
    words = []
    for reason in reasons:
        name = reason.get("artist", f"user {reason['user_id']}" if "user_id" in reason else "")
        words.append(f"{name} {reason['share']:.0%}" if "share" in reason else name)
    return ", ".join(words)


def records(table: pd.DataFrame) -> list[dict]:
    """The rows, as they go into JSON."""
    return json.loads(table.to_json(orient="records"))


def utf_8() -> None:
    """Write UTF-8 to stdout, whatever the terminal says that it takes."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")


def show(table: pd.DataFrame, form: str) -> None:
    """Columns of lists of dicts hold reasons."""
    utf_8()
    if form == "json":
        json.dump(records(table), sys.stdout, indent=2, ensure_ascii=False)
        print()
        return
    flat = table.copy()
    for column in flat:
        if flat[column].map(lambda value: isinstance(value, list | np.ndarray)).any():
            flat[column] = flat[column].map(_words)
    if form == "csv":
        flat.to_csv(sys.stdout, index=False)
    else:
        print(flat.to_string(index=False, float_format="%.3f", justify="left"))
