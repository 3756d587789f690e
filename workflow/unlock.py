"""Remove the lock that a killed Snakemake left in this folder, unless one is alive in it.

`make` runs this before every workflow. By hand: snakemake --unlock
"""

import subprocess
import sys
from pathlib import Path

import psutil


def alive(folder: Path) -> list[int]:
    """Ids of the Snakemake processes that work in the folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(folder) and "snakemake" in {Path(part).name for part in process.cmdline()[:3]}:
                found.append(process.pid)
        except psutil.Error:
            continue  # it has ended, or belongs to somebody else
    return found


def main() -> None:
    folder = Path.cwd()
    if not any((folder / ".snakemake" / "locks").glob("*")):
        return
    if running := alive(folder):
        sys.exit(f"error: Snakemake is at work here already (process {running[0]}); wait for it or end it")
    subprocess.run([Path(sys.executable).with_name("snakemake"), "--unlock"], check=True)


if __name__ == "__main__":
    main()
