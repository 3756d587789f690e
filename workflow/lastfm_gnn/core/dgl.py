"""DGL, imported when it is first asked for: it takes .7 seconds, and only attention over neighbours needs it."""

import os
from typing import Any


def load_dgl() -> Any:
    """The module dgl."""
    os.environ.setdefault("DGLBACKEND", "pytorch")  # else DGL asks for it and writes into the home folder
    import dgl

    return dgl
