"""Remove the lock that a killed Snakemake left in this folder, unless it or a job of its is at work.

`make` runs this before every workflow. After a Snakemake that sent jobs to Slurm was killed, they go on; to end them:

    python workflow/unlock.py --cancel
"""

import subprocess
import sys
from pathlib import Path

import psutil

from lastfm_gnn.core import program, slurm


def is_snakemake(command: list[str]) -> bool:
    return "snakemake" in {Path(part).name for part in command[:3]}


def at_work(folder: Path) -> dict[int, list[str]]:
    """Commands, by id, of the processes of Snakemake, or of jobs that it left behind, that work in the folder.

    Where a process's folder cannot be seen, since it is somebody else's, it counts.
    """
    commands = {}
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
            if not (is_snakemake(command) or any("workflow/scripts/" in part for part in command)):
                continue
            if process.cwd() == str(folder):
                commands[process.pid] = command
        except psutil.AccessDenied:
            commands[process.pid] = []
        except psutil.NoSuchProcess:
            continue
    return commands


def main() -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--cancel", action="store_true", help="first cancel the Slurm jobs that were sent from here")
    args = parser.parse_args()
    folder = Path.cwd()
    if args.cancel:
        for number, command in at_work(folder).items():
            # within a job there is a Snakemake, too: it has target jobs
            if is_snakemake(command) and "--target-jobs" not in command:
                raise program.InputError(f"Snakemake is at work here (process {number}); Ctrl-C ends it and its jobs")
        if jobs := slurm.cancel(folder):
            print(f"cancelled Slurm jobs {' '.join(jobs)}")
    if not any((folder / ".snakemake" / "locks").glob("*")):
        return
    slurm.refuse_orphans(folder)
    if running := list(at_work(folder)):
        raise program.InputError(
            f"Snakemake or a job of its is at work here (process {running[0]}); wait for it or end it"
        )
    sys.exit(subprocess.run([Path(sys.executable).with_name("snakemake"), "--unlock"], check=False).returncode)


if __name__ == "__main__":
    program.run(main)
