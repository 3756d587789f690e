"""The tables of results, as they are read."""

from pathlib import Path

import pandas as pd

from lastfm_gnn.core.program import InputError


def read_csv(path: Path, *columns: str, empty: bool = False) -> pd.DataFrame:
    """Raises InputError where it is cut or another's: without rows, unless it may be `empty`, or without values in
    these columns."""
    try:
        table = pd.read_csv(path, keep_default_na=False, na_values=[""])  # an artist may be called NA
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a readable CSV ({error}); delete it and run again") from error
    missing = [name for name in columns if name not in table or table[name].isna().any()]
    if missing or (table.empty and not empty):
        raise InputError(f"{path}: no rows, or none with all of {', '.join(columns)}; delete it and run again")
    return table
