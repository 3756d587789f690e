"""Jobs that a Snakemake which was killed left in Slurm's queue."""

import subprocess
import time
from pathlib import Path

from lastfm_gnn.core.program import InputError

PREFIX = "lastfm_gnn_"  # of their names: slurm-jobname-prefix in profiles/slurm


def jobs_of(folder: Path) -> list[str]:
    """Ids of this user's jobs, waiting or running, that were sent from a folder.

    Raises InputError where Slurm does not answer; it is not asked about a folder from which nothing was ever sent.
    """
    if not (folder / ".snakemake/slurm_logs").is_dir():
        return []
    done = subprocess.run(
        ["squeue", "--me", "--noheader", "--format=%i|%j|%Z"], text=True, capture_output=True, check=False
    )
    if done.returncode != 0:
        raise InputError(
            f"{(done.stderr.strip().splitlines() or ['squeue fails'])[-1]}; run again when Slurm answers"
        )
    rows = [line.split("|", 2) for line in done.stdout.splitlines()]
    return [number for number, name, place in rows if name.startswith(PREFIX) and Path(place) == folder]


def refuse_orphans(folder: Path) -> None:
    """Raises InputError if there are such jobs: they and new ones would write the same files."""
    if jobs := jobs_of(folder):
        raise InputError(
            f"Slurm jobs {' '.join(jobs)} were sent from here; wait for the Snakemake that sent them or, if it was "
            "killed, end them: python workflow/unlock.py --cancel"
        )


def cancel(folder: Path, seconds: float = 300) -> list[str]:
    """Cancel these jobs and wait until they have ended; their ids. Raises InputError if some do not end in time."""
    jobs = jobs_of(folder)
    if jobs:
        subprocess.run(["scancel", *jobs], check=False)  # it fails where one has just ended
    last = time.monotonic() + seconds
    while left := jobs_of(folder):
        if time.monotonic() > last:
            raise InputError(f"Slurm jobs {' '.join(left)} were cancelled and do not end; ask who runs the cluster")
        time.sleep(0.5)
    return jobs
