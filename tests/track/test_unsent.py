"""A store that is broken, locked, silent or absent is told in one line, without its password, and costs no result."""

import base64
import fcntl
import json
import socket
import sqlite3
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from mlflow import MlflowClient

from lastfm_gnn.core.addresses import masked
from track.stores import chosen_trial, free_port, like, mlflow_server, send

pytestmark = pytest.mark.usefixtures("no_server")


@pytest.fixture(scope="module")
def run(tiny_tables, tmp_path_factory):
    return chosen_trial(tmp_path_factory.mktemp("run"), tiny_tables)


def unsent(receipt, capsys):
    """The one line that says why nothing was sent, the same in the receipt."""
    warning = f"warning: not sent to MLflow: {receipt['unsent']}; the same command then sends what is missing\n"
    assert receipt["failures"] == 1 and "runs" not in receipt
    assert capsys.readouterr().err == warning
    return receipt["unsent"]


def test_server_and_its_absence(run, tmp_path, monkeypatch, capsys):
    port = free_port()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{port}")
    said = unsent(send(tmp_path, run), capsys)
    assert said == (
        f"the store http://127.0.0.1:{port} takes nothing: Connection refused; start it,"
        f" or unset MLFLOW_TRACKING_URI to keep the runs in {tmp_path}"
    )
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "600")  # a busy machine is no failure
    with mlflow_server(tmp_path, port) as address:
        assert send(tmp_path, run)["store"] == address
        assert not (tmp_path / "mlflow.db").exists()
        assert urllib.request.urlopen(address).status == 200  # the UI
        client = MlflowClient(address)
        experiment = client.get_experiment_by_name("Table 1: liking (generated data)")
        [sent] = client.search_runs([experiment.experiment_id], "tags.level = 'run'")
        assert len(client.list_artifacts(sent.info.run_id)) == 6


def test_a_server_that_accepts_and_never_answers_is_told_in_ten_seconds(run, tmp_path, monkeypatch, capsys):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{silent.getsockname()[1]}")
        started = time.monotonic()
        receipt = send(tmp_path, run)
        assert time.monotonic() - started < 10
    assert "no answer in 8 seconds; start it, or unset MLFLOW_TRACKING_URI" in unsent(receipt, capsys)
    with (tmp_path / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # nobody holds it any more


def test_a_server_that_falls_silent_is_told_in_ten_seconds(run, tmp_path, monkeypatch, capsys):
    class FallsSilent(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path != "/":
                ended.wait(60)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    ended = threading.Event()
    server = HTTPServer(("127.0.0.1", 0), FallsSilent)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{server.server_port}")
    started = time.monotonic()
    assert "no answer in 8 seconds" in unsent(send(tmp_path, run), capsys)
    assert time.monotonic() - started < 10
    ended.set()
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_folder_in_the_place_of_the_store(run, tmp_path, capsys):
    (tmp_path / "mlflow.db").mkdir()
    said = unsent(send(tmp_path, run), capsys)
    assert said.endswith("unable to open database file; mend it, or move its folder away: a new store gets every run")


def test_a_corrupt_store(run, tmp_path, capsys):
    (tmp_path / "mlflow.db").write_bytes(bytes(range(256)) * 40)
    assert "file is not a database; mend it, or move its folder away" in unsent(send(tmp_path, run), capsys)


@pytest.mark.parametrize("lock", ["EXCLUSIVE", "IMMEDIATE"])
def test_a_locked_store(run, tmp_path, capsys, lock):
    send(tmp_path, run)
    capsys.readouterr()
    other = sqlite3.connect(tmp_path / "mlflow.db", isolation_level=None)
    other.execute(f"BEGIN {lock}")
    receipt = send(tmp_path, like(run, tmp_path / "run", trial=1))
    other.close()
    assert "database is locked; end the program that works in it" in unsent(receipt, capsys)
    assert len(send(tmp_path, tmp_path / "run")["runs"]) == 1


@pytest.mark.parametrize("user", ["ann:s3cret", "ann:s3cret%2Fmore", "ann:s3cret/more", "ann:s3cret@more", "s3cret"])
@pytest.mark.parametrize("scheme", ["http", "postgresql", "mysql+nodriver", "foreign"])
def test_a_password_is_neither_printed_nor_kept(run, tmp_path, monkeypatch, capfd, scheme, user):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"{scheme}://{user}@127.0.0.1:9/store")
    receipt = send(tmp_path, run)
    written = "".join([*capfd.readouterr(), json.dumps(receipt)])
    assert "unsent" in receipt and "127.0.0.1:9" in written
    assert "s3cret" not in written and "more" not in written


def test_a_password_reaches_the_server(run, tmp_path, monkeypatch, capsys):
    class Refuses(BaseHTTPRequestHandler):
        def do_GET(self):
            headers.append(self.headers.get("Authorization"))
            self.send_response(401)
            self.end_headers()

        def log_message(self, *args):
            pass

    headers = []
    server = HTTPServer(("127.0.0.1", 0), Refuses)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://ann:s%40cret@127.0.0.1:{server.server_port}")
    unsent(send(tmp_path, run), capsys)
    server.shutdown()
    thread.join()
    server.server_close()
    assert "Basic " + base64.b64encode(b"ann:s@cret").decode() in headers


def test_addresses_are_masked():
    assert masked("to http://a:b@c@host:5000/path and on") == "to http://***@host:5000/path and on"
    assert masked("postgresql://host/db?user=a&password=b&x=y") == "postgresql://host/db?user=a&password=***&x=y"
