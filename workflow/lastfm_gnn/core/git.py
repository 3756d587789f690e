"""Which version of the project made a run."""

import subprocess
from pathlib import Path


def git_commit() -> str:
    """The checkout's commit, with "+" where tracked files differ from it; "unknown" outside of git."""
    here = Path(__file__).parent
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--abbrev=40", "--dirty=+", "--exclude=*"],
            cwd=here,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return described.stdout.strip()


def changed_since(commit: str) -> list[str] | None:
    """Files of workflow/ that differ from a commit now; None where this checkout does not know the commit."""
    workflow = Path(__file__).parents[2]
    try:
        diff = subprocess.run(
            ["git", "diff", "--name-only", commit, "--", str(workflow)],
            cwd=workflow,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return diff.stdout.split("\n")[:-1]
