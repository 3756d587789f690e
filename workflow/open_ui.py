"""Show the newest of MLflow's stores in results/ in MLflow's UI, until Ctrl-C. `make ui` runs it.

MLFLOW_TRACKING_URI names another store, MLFLOW_PORT another port than 5000.
"""

import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

from lastfm_gnn.core.addresses import masked


def newest() -> Path:
    """The store that was written last: results/mlflow/mlflow.db, or that of a demo or of listens of one's own."""
    results = Path("results")
    stores = [*results.glob("mlflow/mlflow.db"), *results.glob("*/mlflow/mlflow.db")]
    if not stores:
        sys.exit("error: results/ has no runs to show; make some: make demo, or make table1")
    return max(stores, key=lambda store: store.stat().st_mtime)


def main() -> None:
    store = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{newest()}"
    if store.startswith("http"):
        print(f"MLflow's UI is at {masked(store)}")
        return
    os.environ.setdefault("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false")  # seven processes, and no use for them here
    line, shown = "", masked(store)
    program = Path(sys.executable).with_name("mlflow")
    with subprocess.Popen(
        [program, "ui"],
        env=os.environ | {"MLFLOW_BACKEND_STORE_URI": store},  # not among the words that all users of a machine see
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        try:
            for line in process.stdout:
                if found := re.search(r"Uvicorn running on (http://\S+)", line):
                    urllib.request.urlopen(found[1], timeout=60).close()
                    print(f"MLflow's UI is at {found[1]}, with the runs of {shown}; Ctrl-C ends it", flush=True)
        except KeyboardInterrupt:
            return
        except OSError as error:
            process.terminate()
            sys.exit(f"error: MLflow's UI over {shown} does not answer: {error}")
    if process.returncode:
        sys.exit(f"error: MLflow's UI over {shown} ended: {line.strip()}")


if __name__ == "__main__":
    main()
