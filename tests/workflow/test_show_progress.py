"""What a run prints, on a terminal and elsewhere."""

import os
import pty
import re
import subprocess
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from conftest import environment, snakemake
from show_progress import failure, last_line

TRAIN = "results/splits/liking/strict_0/train.parquet"
JOBS = ["1 of 3  generate_dataset", "2 of 3  build_tables", "3 of 3  make_splits liking strict_0"]


def test_without_a_terminal_a_line_a_job_and_no_bar(project):
    done = snakemake(project, "--cores=1", TRAIN)
    assert done.returncode == 0, done.stdout
    _, start, *jobs, end = done.stdout.splitlines()
    assert (project / start.rpartition(" ")[2]).is_file()
    assert jobs == JOBS and end.startswith(f"{TRAIN} is made; look: python -c ")
    shown = subprocess.run(
        end.partition("look: ")[2], shell=True, cwd=project, env=environment(), capture_output=True
    )
    assert shown.returncode == 0 and b"artist_id" in shown.stdout
    again = snakemake(project, "--cores=1", TRAIN)
    assert again.stdout.splitlines()[2:] == ["nothing to do: everything is there and up to date", end]
    # with a word from the user Snakemake prints as ever
    assert (
        "\nlocalrule make_splits:\n"
        in snakemake(project, "--cores=1", "--printshellcmds", "-R", "make_splits", "--", TRAIN).stdout
    )


def on_a_terminal(*command, cwd):
    """(exit status, what stands on the terminal's lines in the end, everything that was written to it)"""
    master, slave = pty.openpty()
    with subprocess.Popen(command, cwd=cwd, env=environment(COLUMNS="80"), stdout=slave, stderr=slave) as process:
        os.close(slave)
        written = b""
        try:
            while part := os.read(master, 65536):
                written += part
        except OSError:  # so a terminal's end reads on Linux
            pass
    os.close(master)
    text = written.decode().replace("\r\n", "\n")
    return process.returncode, [line.rpartition("\r\x1b[K")[2] for line in text.split("\n")], text


def test_on_a_terminal_a_bar_that_goes_when_all_is_done(project):
    status, lines, text = on_a_terminal("snakemake", "--cores=1", TRAIN, cwd=project)
    assert status == 0, text
    assert lines[2:5] == JOBS and lines[5].startswith(f"{TRAIN} is made") and lines[6:] == [""]
    bars = re.findall(r"\[([#.]{30})\] (\d) of 3 done; under way: (\w+)([^\r\n]*)", text)
    assert {(int(done), name) for _, done, name, _ in bars} == {
        (0, "generate_dataset"),
        (1, "build_tables"),
        (2, "make_splits"),
    }
    assert bars[-1][-1] == " liking str"  # cut at the terminal's 80 columns
    filled = [bar.count("#") for bar, *_ in bars]
    assert filled == sorted(filled) and filled[-1] == 20


def test_a_job_that_is_killed_leaves_no_word(project):
    script = project / "workflow/scripts/liking/make_splits.py"
    script.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    done = snakemake(project, "--cores=1", TRAIN)
    assert done.returncode == 1
    failed, stopped = done.stdout.splitlines()[-2:]
    assert failed == (
        "failed: make_splits liking strict_0: it was killed, or had too little memory or time"
        "  (log: results/logs/make_splits/liking/strict_0.log, empty)"
    )
    assert stopped == "stopped: 2 of 3 jobs are done; the same command goes on from there"


@given(st.binary(max_size=2000))
def test_any_log_has_one_printable_last_line(tmp_path_factory, data):
    log = tmp_path_factory.getbasetemp() / "any.log"
    log.write_bytes(data)
    line = last_line(str(log))
    assert line.isprintable() and len(line) <= 600
    log.write_bytes(data + b"\nerror: \x1b[31mthe end\x00\n \n")
    assert last_line(str(log)) == "error:  [31mthe end"


def test_the_first_log_that_says_something_tells(tmp_path):
    empty, missing, told = (str(tmp_path / name) for name in ("empty.log", "missing.log", "told.log"))
    Path(empty).write_text("\n")
    assert "it was killed" in failure([empty, missing], None)
    Path(told).write_text("slurmstepd: error: Detected 1 oom_kill event\n")
    word = "SLURM-job '1' failed, SLURM status is: 'OUT_OF_MEMORY'."
    assert failure([empty], f"{word} For further error details see the log.") == f"{word}  (log: {empty}, empty)"
    assert failure([missing, told], f"{word} For further error details see the log.") == (
        f"{word} slurmstepd: error: Detected 1 oom_kill event  (log: {told})"
    )


def test_what_until_leaves_out_is_not_said_to_be_made(project):
    done = snakemake(project, "--cores=1", TRAIN, "--until=build_tables")
    assert done.returncode == 0 and done.stdout.splitlines()[-1] == f"done; not made: {TRAIN}"
