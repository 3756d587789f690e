"""Receipts of what MLflow has, or of why it has it not: no result waits for a store."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lastfm_gnn.core.addresses import masked
from lastfm_gnn.core.files import write_json
from lastfm_gnn.track.store import StoreError, store_uri


def add_receipt(parser: argparse.ArgumentParser) -> None:
    """Options of a script that sends something to MLflow."""
    parser.add_argument("--store-folder", type=Path, required=True, help="of the store, unless there is a server")
    parser.add_argument("--output", type=Path, required=True, help="the receipt, JSON")
    failures = "how often sending failed before: the workflow runs again what has another number in its receipt"
    parser.add_argument("--failures", type=int, default=0, help=failures)


@contextmanager
def receipt(args: argparse.Namespace) -> Iterator[dict]:
    """Write what the block puts into the dictionary or, where the store takes nothing, the reason, and warn.
    args: those of add_receipt."""
    shared = {"failures": args.failures, "store": masked(store_uri(args.store_folder))}
    content = dict(shared)
    try:
        yield content
    except StoreError as error:
        content = shared | {"failures": args.failures + 1, "unsent": str(error)}
        print(f"warning: not sent to MLflow: {error}; the same command then sends what is missing", file=sys.stderr)
    write_json(args.output, content)
