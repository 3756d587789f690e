"""The local folder, a real HTTP server on loopback, and every way in which they disappoint."""

import hashlib
import http.server
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

import download_dataset
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import downloads, hetrec

CONTENT = {name: f"content of {name}".encode() for name in hetrec.SHA256}


@pytest.fixture(autouse=True)
def known_sums(monkeypatch, tmp_path):
    """The sums of CONTENT stand for the official ones, and no local data is found by chance."""
    monkeypatch.setattr(hetrec, "SHA256", {name: hashlib.sha256(text).hexdigest() for name, text in CONTENT.items()})
    monkeypatch.setenv("LASTFM_DATA", str(tmp_path / "nowhere"))
    monkeypatch.setattr(downloads, "ATTEMPTS", 1)


def put_local(folder: Path, content: dict[str, bytes]) -> Path:
    (folder / hetrec.FOLDER).mkdir(parents=True)
    for name, text in content.items():
        (folder / hetrec.FOLDER / name).write_bytes(text)
    return folder


def make_zip(path: Path, content: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in content.items():
            archive.writestr(f"folder/{name}", text)
    return path


@pytest.fixture
def serve(tmp_path):
    """Serve a folder over HTTP on loopback; returns its address."""
    folder = tmp_path / "served"
    folder.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(folder))

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def fetch(output: Path, *arguments: str) -> None:
    download_dataset.main([f"--output-folder={output}", *arguments])


def assert_complete(output: Path) -> None:
    assert {path.name: path.read_bytes() for path in output.iterdir()} == CONTENT


def test_environment_variable_wins_over_the_option(tmp_path, monkeypatch):
    monkeypatch.setenv("LASTFM_DATA", str(put_local(tmp_path / "right", CONTENT)))
    put_local(tmp_path / "wrong", dict.fromkeys(CONTENT, b"x"))
    fetch(tmp_path / "out", f"--data-folder={tmp_path / 'wrong'}")
    assert_complete(tmp_path / "out")


def test_local_file_missing_or_changed(tmp_path, monkeypatch):
    monkeypatch.setenv("LASTFM_DATA", str(put_local(tmp_path / "local", CONTENT | {"tags.dat": b"changed"})))
    with pytest.raises(InputError, match=r"tags.dat: its sha256 is not the published file's; .* make demo"):
        fetch(tmp_path / "out")
    assert not (tmp_path / "out" / "tags.dat").exists()
    (tmp_path / "local" / hetrec.FOLDER / "tags.dat").unlink()
    with pytest.raises(InputError, match=r"tags.dat is missing; .* make demo"):
        fetch(tmp_path / "out2")


def test_download(tmp_path, serve, monkeypatch):
    folder, address = serve
    archive = make_zip(folder / "data.zip", CONTENT)
    monkeypatch.setattr(hetrec, "ZIP_SHA256", hashlib.sha256(archive.read_bytes()).hexdigest())
    fetch(tmp_path / "out", f"--url={address}/data.zip")
    assert_complete(tmp_path / "out")


HARMS = {
    "truncated zip": "hash of downloaded file",
    "wrong sum": "hash of downloaded file",
    "missing member": "artists.dat is missing from the zip",
    "no such page": "404",
    "no network": "refused",
}


@pytest.mark.parametrize("harm", HARMS)
def test_failed_download_is_one_line_and_leaves_nothing(tmp_path, serve, monkeypatch, harm):
    folder, address = serve
    content = dict(list(CONTENT.items())[1:]) if harm == "missing member" else CONTENT
    archive = make_zip(folder / "data.zip", content)
    if harm != "wrong sum":
        monkeypatch.setattr(hetrec, "ZIP_SHA256", hashlib.sha256(archive.read_bytes()).hexdigest())
    if harm == "truncated zip":
        archive.write_bytes(archive.read_bytes()[:-40])
    url = {"no such page": f"{address}/other.zip", "no network": "http://127.0.0.1:9/data.zip"}.get(
        harm, f"{address}/data.zip"
    )
    with pytest.raises(InputError, match=rf"(?i){HARMS[harm]}.*make demo") as raised:
        fetch(tmp_path / "out", f"--url={url}")
    assert "\n" not in str(raised.value)
    assert list((tmp_path / "out").iterdir()) == []


def test_download_is_tried_again(tmp_path, serve, monkeypatch):
    """The zip comes to the server after the first attempt has failed."""
    folder, address = serve
    archive = make_zip(tmp_path / "later.zip", CONTENT)
    monkeypatch.setattr(hetrec, "ZIP_SHA256", hashlib.sha256(archive.read_bytes()).hexdigest())
    monkeypatch.setattr(downloads, "ATTEMPTS", 2)
    download_once = downloads.pooch.HTTPDownloader.__call__

    def then_it_comes(self, *args, **kwargs):
        try:
            return download_once(self, *args, **kwargs)
        finally:
            if archive.exists():
                archive.replace(folder / "data.zip")

    monkeypatch.setattr(downloads.pooch.HTTPDownloader, "__call__", then_it_comes)
    fetch(tmp_path / "out", f"--url={address}/data.zip")
    assert_complete(tmp_path / "out")


def test_broken_zip_with_the_right_sum(tmp_path, serve, monkeypatch):
    folder, address = serve
    (folder / "data.zip").write_bytes(b"no zip")
    monkeypatch.setattr(hetrec, "ZIP_SHA256", hashlib.sha256(b"no zip").hexdigest())
    with pytest.raises(InputError, match="a broken zip"):
        fetch(tmp_path / "out", f"--url={address}/data.zip")


def test_as_a_program_it_exits_with_one_line(tmp_path):
    script = Path(download_dataset.__file__)
    arguments = [f"--output-folder={tmp_path / 'out'}", f"--data-folder={put_local(tmp_path / 'local', {})}"]
    done = subprocess.run(
        [sys.executable, script, *arguments], env={"PATH": ""}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1


def test_a_zip_that_grows_or_is_locked_is_told(tmp_path, monkeypatch):
    """A bomb is not unpacked; an encrypted member and an unknown compression are no traceback."""
    archive = make_zip(tmp_path / "data.zip", {"a.csv": b"0" * 1000})
    content = archive.read_bytes()
    monkeypatch.setattr(downloads, "LARGEST", 999)
    with pytest.raises(InputError, match=r"data.zip: a.csv is larger than"):
        downloads.unzip(archive, ["a.csv"], tmp_path, "advice")
    monkeypatch.setattr(downloads, "LARGEST", 1000)
    downloads.unzip(archive, ["a.csv"], tmp_path, "advice")
    assert (tmp_path / "a.csv").read_bytes() == b"0" * 1000
    central = content.index(b"PK\x01\x02")
    for place, value in ((8, 1), (10, 99), (24, 10)):  # the flags, the compression, a size that is not true
        changed = bytearray(content)
        changed[central + place] = value
        if place == 24:
            changed[central + place + 1 : central + place + 4] = b"\0\0\0"
        else:
            changed[place - 2] = value
        archive.write_bytes(changed)
        with pytest.raises(InputError, match=r"data.zip: a broken zip \(.*\); advice"):
            downloads.unzip(archive, ["a.csv"], tmp_path, "advice")


def test_what_an_archive_says_of_folders_is_not_followed(tmp_path):
    archive = tmp_path / "data.zip"
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("../../a.csv", "up")
        content.writestr("/etc/b.csv", "root")
    (tmp_path / "in").mkdir()
    downloads.unzip(archive, ["a.csv", "b.csv"], tmp_path / "in", "advice")
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.csv")) == [
        Path("in/a.csv"),
        Path("in/b.csv"),
    ]
