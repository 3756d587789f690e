"""Serve the newest champion in results/ on http://127.0.0.1:5001, until Ctrl-C. `make serve` runs it.

It is that of the rule register_champion, be it a demo's or of listens of one's own. MLFLOW_TRACKING_URI names another
store than the one beside its receipt, SERVE_PORT another port. docs/usage.md says what it answers.
"""

import json
import os
import shlex
import sys
from pathlib import Path

from open_ui import newest, serve


def main() -> None:
    receipt = newest("champion.json")
    if not receipt:
        sys.exit("error: results/ has no champion to serve; make one: make demo, or make recommendations")
    try:
        record = json.loads(receipt.read_text())
    except ValueError:
        sys.exit(f"error: {receipt}: no JSON; delete it, and make recommendations makes it again")
    if "unsent" in record:
        sys.exit(f"error: {receipt}: not sent to MLflow: {record['unsent']}")
    if not {"example", "name", "alias"} <= set(record):
        sys.exit(f"error: {receipt}: of an earlier version, which recommended nothing; make recommendations mends it")
    example = json.dumps({"dataframe_records": [record["example"]]}, ensure_ascii=False)
    server = [sys.executable, "-m", "uvicorn", "--app-dir", Path(__file__).parent, "--no-access-log"]
    serve(
        f"the champion of {receipt}",
        [*server, "--host=127.0.0.1", f"--port={os.environ.get('SERVE_PORT', '5001')}", "bounded_server:app"],
        "/ping",
        lambda address: (
            f"{record['name']} of {receipt.parent} answers; Ctrl-C ends it:"
            f" curl {address}/invocations --json {shlex.quote(example)}"
        ),
        MLFLOW_TRACKING_URI=os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{receipt.parent}/mlflow.db",
        SERVED_MODEL=f"models:/{record['name']}@{record['alias']}",
    )


if __name__ == "__main__":
    main()
