"""An MLflow server that keeps runs in PostgreSQL, for many who write at once: on http://127.0.0.1:5000.

The first start makes the database, in --folder. It listens on a socket in there alone, and lets in who may enter that
folder: the user who started this. PostgreSQL is Debian's or Ubuntu's: apt-get install postgresql. Root starts it as
the user postgres, who must be able to reach the folder. Further options go to `mlflow server`. Ctrl-C ends both;
after a crash, the same command goes on.

    python workflow/serve_mlflow.py --port 5000
"""

import argparse
import fcntl
import os
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

# PostgreSQL does not run as root.
OWNER = "postgres" if os.geteuid() == 0 else None


def program(name: str) -> Path:
    """One of PostgreSQL's programs, which Debian keeps off PATH: the newest version's."""
    if on_path := shutil.which(name):
        return Path(on_path)
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    if not versions:
        sys.exit("error: PostgreSQL is not installed; on Debian or Ubuntu: apt-get install postgresql")
    return versions[-1]


def call(name: str, *options: str | Path, log: Path) -> bool:
    """Whether a program of PostgreSQL's ends well; what it says is in the log."""
    with log.open("a") as file:
        command = [program(name), *options]
        return subprocess.run(command, stdout=file, stderr=file, user=OWNER, check=False, cwd="/").returncode == 0


def start_database(folder: Path) -> str:
    """Make the database if it is not there, start it if it does not run, and return its address."""
    data, log = folder / "postgresql", folder / "postgresql.log"
    if not (data / "PG_VERSION").exists():
        # made under another name, so that what was broken off is not taken for a database
        unfinished = folder / "postgresql.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        if OWNER:
            shutil.chown(unfinished, OWNER)
        options = ["--username=mlflow", "--auth-local=trust", "--auth-host=reject", "--encoding=UTF8", "--no-locale"]
        if not call("initdb", "--pgdata", unfinished, *options, log=log):
            sys.exit(f"error: PostgreSQL cannot make a database in {folder}; {log} says why")
        unfinished.rename(data)
    if not call("pg_ctl", "status", "--pgdata", data, log=log):
        options = shlex.join(["-c", "listen_addresses=", "-c", f'unix_socket_directories="{data}"'])
        server_log = data / "server.log"
        if not call(
            "pg_ctl", "start", "--wait", "--pgdata", data, "--log", server_log, "--options", options, log=log
        ):
            sys.exit(f"error: PostgreSQL does not start; {log} and {server_log} say why")
    return f"postgresql://mlflow@/postgres?host={quote(str(data), safe='')}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("results/mlflow_server"), help="of database and files")
    args, further = parser.parse_known_args()

    folder = args.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / "server.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # until this process ends, however it does
    except BlockingIOError:
        sys.exit(f"error: a server of {folder} is at work already; end that one, or give another --folder")
    store = start_database(folder)
    os.environ.setdefault("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false")  # seven processes, and no use for them here
    os.environ.setdefault("DO_NOT_TRACK", "true")  # else MLflow tells its makers how it is used
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", store]
    command += ["--artifacts-destination", str(folder / "artifacts"), *further]
    server = subprocess.Popen(command, start_new_session=True)  # Ctrl-C reaches it once: through this
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: server.terminate())
    status = server.wait()
    call("pg_ctl", "stop", "--mode=fast", "--pgdata", folder / "postgresql", log=folder / "postgresql.log")
    sys.exit(max(status, 0))


if __name__ == "__main__":
    main()
