"""The MLflow store: its address, whether it answers, and one process at a time in it."""

import contextlib
import fcntl
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import requests
import sqlalchemy
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from lastfm_gnn.core.addresses import masked
from lastfm_gnn.core.program import InputError

# Seconds that a store has to answer, so that within ten it is told that it does not.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "8")
os.environ.setdefault("PGCONNECT_TIMEOUT", "8")
# Where the answer to "make a run" is lost, asking once more makes a second run. The next command looks first.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
# What MLflow says of a database's error in forty lines, StoreError says in one.
logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)


def store_uri(folder: Path) -> str:
    """MLFLOW_TRACKING_URI, else an SQLite file in the folder.

    Its password goes where MLflow and PostgreSQL's library look for one: no address that is printed or kept has it.
    """
    uri = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{folder}/mlflow.db"
    parts = urlsplit(uri)
    user, _, host = parts.netloc.rpartition("@")
    user, _, password = user.partition(":")
    if password and parts.scheme in ("http", "https"):
        os.environ["MLFLOW_TRACKING_USERNAME"] = unquote(user)
        os.environ["MLFLOW_TRACKING_PASSWORD"] = unquote(password)
        return parts._replace(netloc=host).geturl()
    if password and parts.scheme.startswith("postgresql"):
        os.environ["PGPASSWORD"] = unquote(password)
        return parts._replace(netloc=f"{user}@{host}").geturl()
    return uri


# What the drivers of databases call the seconds to wait.
WAITING = {"sqlite": "timeout", "postgresql": "connect_timeout", "mysql": "connect_timeout"}


def patience() -> int:
    """Seconds that a store has to answer."""
    return int(os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"])


class StoreError(InputError):
    """A store that takes nothing now: why, and what to do."""


@contextlib.contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: writers that meet a fresh SQLite store at once would lose runs."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # the kernel lets go of it when the process ends, however it ends
        yield


@contextlib.contextmanager
def reachable(uri: str, folder: Path) -> Iterator[None]:
    """Alone with the store, whose failure is a StoreError."""
    try:
        with one_at_a_time(folder):
            _ask(uri)
            yield
    except (MlflowException, SQLAlchemyError, ModuleNotFoundError, OSError) as error:
        reason = _reason(error)
        if not uri.startswith("sqlite:"):
            remedy = f"start it, or unset MLFLOW_TRACKING_URI to keep the runs in {folder}"
        elif "locked" in reason:
            remedy = "end the program that works in it"
        else:
            remedy = "mend it, or move its folder away: a new store gets every run"
        raise StoreError(masked(f"the store {uri} takes nothing: {reason}; {remedy}")) from error


def _ask(uri: str) -> None:
    """Raises where a store does not answer: MLflow itself would try a database for two minutes."""
    scheme = urlsplit(uri).scheme.partition("+")[0]
    if scheme in ("http", "https"):
        requests.get(uri, timeout=patience(), stream=True).close()
    elif scheme in WAITING:
        address = sqlalchemy.make_url(uri)
        if scheme == "sqlite" and address.database:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        engine = sqlalchemy.create_engine(address, connect_args={WAITING[scheme]: patience()})
        sqlalchemy.inspect(engine).get_table_names()
        engine.dispose()


def _reason(error: BaseException) -> str:
    """What went wrong, in a line."""
    if isinstance(error, MlflowException) and isinstance(error.__context__, (requests.RequestException, DBAPIError)):
        error = error.__context__
    if isinstance(error, requests.exceptions.InvalidURL):
        return "no valid address; a password's / is written %2F in there, its @ %40"
    if isinstance(error, requests.RequestException) and "timed out" in str(error):
        return f"no answer in {patience()} seconds"
    if isinstance(error, requests.ConnectionError):
        system = re.search(r"\[Errno -?\d+\] ([\w ]+)", str(error))
        return system[1] if system else "the connection breaks"
    if isinstance(error, DBAPIError):
        error = error.orig or error
    return (str(error) or type(error).__name__).splitlines()[0]
