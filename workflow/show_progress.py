"""What a run prints: a line a job, on a terminal a bar, the line of a log that says what is wrong, and what is made.

All that Snakemake says is in its own log, .snakemake/log/. In a dry run, and with --printshellcmds, --verbose,
--quiet or --logger, Snakemake prints as ever. This needs no package but Snakemake.
"""

import logging
import os
import shutil
import sys
from pathlib import Path
from shlex import quote

from snakemake.common import NOTHING_TO_BE_DONE_MSG
from snakemake.io import get_flag_value
from snakemake.logging import logger
from snakemake_interface_logger_plugins.common import LogEvent

# What is said before a run starts, or instead of one, is shown but for this.
CHATTER = (
    "Assuming unrestricted",
    "Config file ",
    "Building DAG",
    "Creating report",
    "Adding ",
    "Loading script",
    "Downloading",
    "Report created",
)
# Of what is said without urgency while jobs run, this alone is shown.
SHOWN = ("Terminating processes", "Will exit after", "Creating conda environment", "Environment for")
# What is said once more at the end, and of each failed command beside its log.
REPEATED = ("Exiting because a job", "WorkflowError:\nAt least one job did not", "RuleException:\nCalledProcessError")
LOOK = {
    ".html": "open it in a browser",
    ".csv": "column -s, -t {}; make ui shows its runs",
    ".parquet": 'python -c "import pandas, sys; print(pandas.read_parquet(sys.argv[1]))" {}',
}
BAR = 30


def one_line(text: str) -> str:
    """Text from a log, fit for a terminal: no control characters, 600 characters at most."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:600].strip()


def last_line(log: str) -> str:
    """The last line of a log that says something; "" if there is none or the log cannot be read."""
    try:
        with Path(log).open("rb") as file:
            file.seek(max(0, Path(log).stat().st_size - 65536))
            lines = map(one_line, file.read().decode(errors="replace").splitlines())
    except OSError:
        return ""
    return next((line for line in reversed(list(lines)) if line), "")


def failure(logs: list[str], message: str | None) -> str:
    """What is wrong with a job and in which log: the executor's word, and the last of the first log that has one."""
    said = (message or "").partition("For further error details")[0].strip()
    for log in logs:
        if line := last_line(log):
            return f"{said} {line}  (log: {log})".lstrip()
    return f"{said or 'it was killed, or had too little memory or time'}  (log: {', '.join(logs)}, empty)"


class Progress(logging.Handler):
    """Prints a run of Snakemake's `workflow` on `stream`."""

    def __init__(self, workflow, stream) -> None:
        super().__init__(logging.INFO)
        self.workflow, self.stream = workflow, stream
        self.running = False
        self.names: dict[int, str] = {}  # of the jobs that started, by their number, in order
        self.under_way: dict[int, str] = {}
        self.finished: set[int] = set()
        self.bar = 0
        self.shown = ""  # the bar that is on the terminal

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self.write(*self.lines(record))
        except Exception:
            self.handleError(record)

    def write(self, *lines: str) -> None:
        """Print lines, above the bar where there is one."""
        drawn = self.drawn() if self.under_way and self.stream.isatty() else ""
        if lines or drawn != self.shown:
            self.stream.write(("\r\x1b[K" if self.shown else "") + "".join(f"{line}\n" for line in lines) + drawn)
            self.stream.flush()
            self.shown = drawn

    def drawn(self) -> str:
        """The bar, which never shrinks, cut to the terminal's width."""
        self.bar = max(self.bar, BAR * len(self.finished) // max(1, len(self.workflow.dag)))
        first, *more = self.under_way.values()
        text = f"[{'#' * self.bar:.<{BAR}}] {len(self.finished)} of {self.total()} done; under way: {first}"
        text += f" and {len(more)} more" if more else ""
        return text[: shutil.get_terminal_size().columns - 1]

    def total(self) -> str:
        """How many jobs there are; "at least" while a checkpoint is to come, after which there may be more."""
        dag = self.workflow.dag
        to_come = any(job.rule.is_checkpoint for job in dag.needrun_jobs())
        return f"{'at least ' if to_come else ''}{len(dag)}"

    def lines(self, record: logging.LogRecord) -> list[str]:
        """The lines to print of one of Snakemake's log records."""
        message = str(record.msg)
        match getattr(record, "event", None):
            case LogEvent.WORKFLOW_STARTED:
                self.running = True
                log = ", ".join(map(os.path.relpath, self.workflow.logger_manager.get_logfile()))
                return [f"working out which jobs are needed; all that Snakemake says is in {log}"]
            case LogEvent.JOB_INFO:
                return self.started(record.jobid, record.rule_name, record.log)
            case LogEvent.JOB_FINISHED:
                return self.ended(record.job_id)
            case LogEvent.JOB_ERROR:
                name = self.under_way.pop(record.jobid, record.rule_name)
                wrong = failure(record.log, record.rule_msg)
                # of a group of jobs each is said to have failed
                return [f"failed: {name}: {wrong}"] if not record.indent or "rror" in wrong else []
            case LogEvent.GROUP_ERROR:
                wrong = f": {failure(record.aux_logs, None)}" if record.aux_logs else ""
                return [f"failed: a group of {len(record.job_error_info)} jobs{wrong}"]
            case None | LogEvent.ERROR:
                if message == NOTHING_TO_BE_DONE_MSG:
                    return ["nothing to do: everything is there and up to date", self.made()]
                if record.levelno > logging.INFO:
                    return [] if message.startswith(REPEATED) else [message]
                if message.startswith(SHOWN) if self.running else not message.startswith(CHATTER):
                    return [message]
        return []

    def started(self, job: int, rule: str, logs: list[str]) -> list[str]:
        """A job is named as its log is: results/logs/train_model/attention/strict_0.log."""
        again = " again" if job in self.names else ""
        name = Path(logs[0].rpartition("/logs/")[2]).with_suffix("").as_posix().replace("/", " ") if logs else rule
        self.names[job] = self.under_way[job] = name
        # a cluster is given its jobs long before they start: there, their line comes when they have ended
        return [self.line(list(self.names).index(job) + 1, name + again)] if self.workflow.local_exec else []

    def ended(self, job: int) -> list[str]:
        self.finished.add(job)
        self.under_way.pop(job, None)
        return [] if self.workflow.local_exec else [self.line(len(self.finished), self.names[job])]

    def line(self, place: int, name: str) -> str:
        return f"{place:>{len(str(len(self.workflow.dag)))}} of {self.total()}  {name}"

    def made(self) -> str:
        """What the run made, and the command to look at it: a page before a table before another file."""
        targets = self.workflow.dag.derived_targetfiles
        if stored := [storage.query for target in targets if (storage := get_flag_value(target, "storage_object"))]:
            return f"done: {', '.join(sorted(stored))}"
        suffixes = [*LOOK, ""]
        # with --until and --omit-from not all targets are made
        missing = sorted(target for target in map(str, targets) if not Path(target).exists())
        if missing:
            return f"done; not made: {missing[0]}" + (f" and {len(missing) - 1} more" if missing[1:] else "")
        files = sorted(map(str, targets))
        files.sort(key=lambda file: suffixes.index(suffix if (suffix := Path(file).suffix) in LOOK else ""))
        if not files:
            return "done"
        first, *more = files
        what = f"{first} and {len(more)} more are made" if more else f"{first} is made"
        return f"{what}; look: {LOOK.get(Path(first).suffix, 'ls -l {}').format(quote(first))}"

    def stopped(self) -> str:
        return f"stopped: {len(self.finished)} of {self.total()} jobs are done; the same command goes on from there"


def show_progress(workflow) -> Progress:
    """Print the run so, unless this is a job's own Snakemake or a dry run, or another output was asked for."""
    settings = workflow.output_settings
    progress = Progress(workflow, sys.stdout if settings.stdout else sys.stderr)
    other_output = (
        settings.dryrun or settings.quiet or settings.verbose or settings.printshellcmds or settings.debug_dag
    )
    for handler in list(logger.handlers):
        # with --logger there is none of this name
        if handler.name == "DefaultStreamHandler" and workflow.is_main_process and not other_output:
            logger.removeHandler(handler)
            logger.addHandler(progress)
    return progress
