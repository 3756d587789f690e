"""Remove the lock that a killed Snakemake left in this folder, unless one is alive in it.

`make` runs this before every workflow. By hand: snakemake --unlock
"""

import subprocess
import sys
from pathlib import Path

import psutil


def alive(folder: Path) -> list[int]:
    """Ids of the processes of Snakemake, or of jobs that it left behind, that work in the folder.

    Where a process's folder cannot be seen, since it is somebody else's, it counts.
    """
    processes = []
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
            is_snakemake = "snakemake" in {Path(part).name for part in command[:3]}
            if not (is_snakemake or any("workflow/scripts/" in part for part in command)):
                continue
            if process.cwd() == str(folder):
                processes.append(process.pid)
        except psutil.AccessDenied:
            processes.append(process.pid)
        except psutil.NoSuchProcess:
            continue
    return processes


def main() -> None:
    folder = Path.cwd()
    if not any((folder / ".snakemake" / "locks").glob("*")):
        return
    if running := alive(folder):
        sys.exit(f"error: Snakemake or a job of its is at work here (process {running[0]}); wait for it or end it")
    subprocess.run([Path(sys.executable).with_name("snakemake"), "--unlock"], check=True)


if __name__ == "__main__":
    main()
