"""Which version of the project made a run."""

import subprocess
from pathlib import Path


def git_commit() -> str:
    """The checkout's commit, with "+" where tracked files differ from it; "unknown" outside of git."""
    here = Path(__file__).parent
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--abbrev=40", "--dirty=+", "--exclude=*"],
            cwd=here,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found.stdout.strip()
