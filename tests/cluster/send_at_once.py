"""In a job of Slurm: send each run from a process of its own, all at once. Arguments: the store's folder, runs."""

import multiprocessing
import sys
from pathlib import Path

import track_runs


def send(store: Path, run: Path) -> None:
    track_runs.main(["--runs", str(run), f"--store-folder={store}", f"--output={store / run.name}.json"])


if __name__ == "__main__":
    folder, *runs = map(Path, sys.argv[1:])
    forked = multiprocessing.get_context("fork")  # importing MLflow takes longer than sending a run
    senders = [forked.Process(target=send, args=(folder, run)) for run in runs]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    sys.exit(any(sender.exitcode for sender in senders))
