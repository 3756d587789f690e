"""Snakemake in a process that is forked from one that has it loaded: loading takes longer than most tests of it."""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from pathlib import Path

LONGEST = 3000  # seconds, to end what hangs, not what is slow

server = multiprocessing.get_context("forkserver")
server.set_forkserver_preload(["snakemake.cli"])


def main(folder: Path, arguments: tuple[str, ...], environment: dict[str, str], output: str) -> None:
    """As a process of its own would start: with this environment, in the folder, its output in a file."""
    from snakemake import cli

    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    with Path(output).open("w") as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    sys.argv = ["snakemake", *arguments]
    cli.main()


def run(folder: Path, arguments: tuple[str, ...], environment: dict[str, str]) -> subprocess.CompletedProcess:
    """Its output is text, stderr with stdout. With a PYTHONPATH, it is started: it looks for plugins as it loads."""
    if "PYTHONPATH" in environment:
        return subprocess.run(
            ["snakemake", *arguments],
            cwd=folder,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=LONGEST,
            check=False,
        )
    with tempfile.NamedTemporaryFile("r") as output:
        process = server.Process(target=main, args=(folder, arguments, environment, output.name))
        process.start()
        process.join(LONGEST)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(arguments, LONGEST, output.read())
        return subprocess.CompletedProcess(arguments, process.exitcode, output.read())
