"""Show the newest of MLflow's stores in results/ in MLflow's UI, until Ctrl-C. `make ui` runs it.

MLFLOW_TRACKING_URI names another store, MLFLOW_PORT another port than 5000.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter, Retry

from lastfm_gnn.core.addresses import masked

STARTING = HTTPAdapter(max_retries=Retry(30, backoff_factor=0.1, backoff_max=2))  # for about a minute


def newest(file: str) -> Path | None:
    """The file of that name that was written last, in results/mlflow/, or in that of a demo or of listens of one's
    own."""
    results = Path("results")
    files = [*results.glob(f"mlflow/{file}"), *results.glob(f"*/mlflow/{file}")]
    return max(files, key=lambda one: one.stat().st_mtime, default=None)


def serve(what: str, command: list[str | Path], page: str, ready: Callable[[str], str], **environment: str) -> None:
    """Run a server until Ctrl-C. When it answers at `page`, print what `ready` says of its address; if it ends, end
    with the last line that is no mere information. environment: is not among the words that all users of a machine
    see."""
    os.environ.setdefault("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false")  # seven processes, and no use for them here
    last, answered = "", False
    with (
        requests.Session() as session,
        subprocess.Popen(
            command, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process,
    ):
        session.mount("http://", STARTING)
        session.trust_env = False  # no proxy of the environment stands before this machine
        assert process.stdout
        try:
            for line in process.stdout:
                last = last if line.startswith(("INFO", "(Background on")) or not line.strip() else line
                if found := re.search(r"Uvicorn running on (http://\S+)", line):
                    # said of several processes before the first of them listens
                    session.get(f"{found[1]}{page}", timeout=60).raise_for_status()
                    print(ready(found[1]), flush=True)
                    answered = True
        except KeyboardInterrupt:
            return
        except requests.RequestException as error:
            process.terminate()
            sys.exit(f"error: {what} does not answer: {error}")
    if process.returncode or not answered:  # of a taken port MLflow ends as if all were well
        in_use = "; MLFLOW_PORT (make ui) or SERVE_PORT (make serve) names another port" * ("in use" in last)
        sys.exit(f"error: {what} ended: {masked(last.strip())}{in_use}")


def main() -> None:
    database = newest("mlflow.db")
    store = os.environ.get("MLFLOW_TRACKING_URI") or (database and f"sqlite:///{database}")
    if not store:
        sys.exit("error: results/ has no runs to show; make some: make demo, or make table1")
    if store.lower().startswith("http"):
        print(f"MLflow's UI is at {masked(store)}")
        return
    shown = masked(store)
    serve(
        f"MLflow's UI over {shown}",
        [Path(sys.executable).with_name("mlflow"), "ui"],
        "/",
        lambda address: f"MLflow's UI is at {address}, with the runs of {shown}; Ctrl-C ends it",
        MLFLOW_BACKEND_STORE_URI=store,
    )


if __name__ == "__main__":
    main()
