"""Files are written whole or not at all, and a broken one is told in a line."""

import errno
import os
from pathlib import Path

import pytest

from lastfm_gnn.core import program
from lastfm_gnn.core.files import digest, read_json, sha256, whole, write_json
from lastfm_gnn.core.program import InputError


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "folder" / "a.json"
    write_json(path, {"b": 1, "a": [2]})
    assert path.read_text() == '{\n  "a": [\n    2\n  ],\n  "b": 1\n}\n'
    with pytest.raises(KeyboardInterrupt), whole(path) as temporary:
        temporary.write_text("half")
        raise KeyboardInterrupt
    assert read_json(path) == {"a": [2], "b": 1}
    assert list(path.parent.iterdir()) == [path]


def test_digests(tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    assert sha256(tmp_path / "empty") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}) != digest({"a": 1, "b": 3})


def test_cut_json_is_told(tmp_path):
    (tmp_path / "run.json").write_text('{"settings": ')
    with pytest.raises(InputError, match=r"run.json: not readable JSON .* delete it and run again"):
        read_json(tmp_path / "run.json")


def test_json_nested_too_deep_is_told(tmp_path):
    (tmp_path / "run.json").write_text("[" * 100_000)
    with pytest.raises(InputError, match=r"run.json: not readable JSON"):
        read_json(tmp_path / "run.json")


def test_what_is_no_file_is_neither_waited_for_nor_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to("/dev/full")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "device", "folder"):
        path = tmp_path / name
        for use in (read_json, sha256, lambda path: write_json(path, {})):
            with pytest.raises(InputError, match=f"{name}: not a file"):
                use(path)
    assert (tmp_path / "pipe").is_fifo() and (tmp_path / "device").is_symlink() and (tmp_path / "folder").is_dir()
    assert Path("/dev/full").is_char_device()
    with pytest.raises(InputError, match="missing: no such file"):
        sha256(tmp_path / "missing")


def test_a_full_disk_is_told_with_its_folder(tmp_path):
    message = f"{tmp_path}/results: no space left on its disk; make room and run again"
    with pytest.raises(InputError, match=message), whole(tmp_path / "results/a.csv"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert not list((tmp_path / "results").iterdir())


@pytest.mark.parametrize(
    ("raised", "line"),
    [
        (InputError("what, where, what to do"), "error: what, where, what to do"),
        (FileNotFoundError(2, "No such file or directory", "a.csv"), "error: a.csv: No such file or directory"),
        (OSError(28, "No space left on device"), "error: a file: No space left on device"),
    ],
)
def test_a_program_ends_with_one_line(raised, line):
    def main():
        raise raised

    with pytest.raises(SystemExit) as ended:
        program.run(main)
    assert str(ended.value).startswith(line) and "\n" not in str(ended.value)
