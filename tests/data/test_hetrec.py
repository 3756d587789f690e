"""Every kind of bad row is named by file and line."""

import gzip
import shutil

import pandas as pd
import pytest

import build_tables
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import hetrec


@pytest.fixture
def raw(tiny_raw, tmp_path):
    return shutil.copytree(tiny_raw, tmp_path / "raw")


def edit(raw, file, line, new):
    """Replace a line (from 1; None: the last) by `new`, bytes without the line end."""
    lines = (raw / file).read_bytes().split(b"\r\n")
    if line is None:
        line = len(lines) - 1
    lines[line - 1] = new(lines[line - 1]) if callable(new) else new
    (raw / file).write_bytes(b"\r\n".join(lines))
    return line


BAD = {
    "negative count": ("user_artists.dat", lambda old: old.rsplit(b"\t", 1)[0] + b"\t-5", "weight is -5"),
    "zero count": ("user_artists.dat", lambda old: old.rsplit(b"\t", 1)[0] + b"\t0", "weight is 0"),
    "huge count": ("user_artists.dat", lambda old: old.rsplit(b"\t", 1)[0] + b"\t" + b"9" * 5000, "outside 1 to"),
    "text in a number": ("user_artists.dat", lambda old: old + b"x", "not a whole number"),
    "digits of another script": ("user_artists.dat", lambda old: old + "٣".encode(), "not a whole number"),
    "empty line": ("user_artists.dat", b"", "1 columns, not the 3"),
    "missing column": ("user_artists.dat", lambda old: old.rsplit(b"\t", 1)[0], "2 columns, not the 3"),
    "column too many": ("user_friends.dat", lambda old: old + b"\t1", "3 columns, not the 2"),
    "unknown artist": (
        "user_artists.dat",
        lambda old: old.split(b"\t")[0] + b"\t99999\t5",
        "artistID 99999 is not in artists.dat, which may be cut; get both",
    ),
    "not UTF-8": ("artists.dat", lambda old: old.replace(b"generated", b"g\xe9n"), "is not utf-8"),
    "control character": ("tags.dat", lambda old: old + b"\x85", "control character"),
    "zero byte in a name": ("artists.dat", lambda old: old.replace(b"generated", b"a\0b"), "control character"),
    "escape in a name": ("artists.dat", lambda old: old.replace(b"generated", b"\x1b[31m"), "control character"),
    "text turned": ("artists.dat", lambda old: old.replace(b"generated", "\u202eabc".encode()), "control character"),
    "Mac's line ends": ("user_friends.dat", lambda old: b"\r".join([old] * 5000), r"not a whole number|columns, not"),
    "no date": (
        "user_taggedartists.dat",
        lambda old: b"\t".join([*old.split(b"\t")[:3], b"31", b"2", b"2009"]),
        "no date",
    ),
    "self friend": ("user_friends.dat", lambda old: b"\t".join(old.split(b"\t")[:1] * 2), "own friend"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_row_is_named(raw, tmp_path, name):
    file, new, message = BAD[name]
    edit(raw, file, 9, new)
    with pytest.raises(InputError, match=f"{file}, line 9: .*{message}"):
        build_tables.main([f"--raw={raw}", "--source=generated", f"--output-folder={tmp_path / 'tables'}"])
    assert not (tmp_path / "tables").exists()


@pytest.mark.parametrize(
    "file", ["artists.dat", "tags.dat", "user_artists.dat", "user_friends.dat", "user_taggedartists.dat"]
)
def test_duplicate_is_named_with_both_lines(raw, tmp_path, file):
    fifth = (raw / file).read_bytes().split(b"\r\n")[4]
    line = edit(raw, file, None, fifth)
    with pytest.raises(InputError, match=f"{file}, line {line}: .* stands in line 5 already"):
        build_tables.main([f"--raw={raw}", "--source=generated", f"--output-folder={tmp_path / 'tables'}"])


def test_one_way_friendship_is_named(raw, tmp_path):
    lines = (raw / "user_friends.dat").read_bytes().split(b"\r\n")
    (raw / "user_friends.dat").write_bytes(b"\r\n".join(lines[:1] + lines[2:]))
    with pytest.raises(InputError, match=r"user_friends.dat, line \d+: friendship .* lacks its other direction"):
        build_tables.main([f"--raw={raw}", "--source=generated", f"--output-folder={tmp_path / 'tables'}"])


def test_wrong_header_empty_and_missing_file(raw):
    edit(raw, "tags.dat", 1, b"tagID\tname")
    with pytest.raises(InputError, match=r"tags.dat, line 1: the header is"):
        list(hetrec.read_rows(raw, "tags.dat"))
    (raw / "tags.dat").write_bytes(b"tagID\ttagValue\r\n")
    with pytest.raises(InputError, match=r"tags.dat: no rows below its header; get it anew"):
        list(hetrec.read_rows(raw, "tags.dat"))
    (raw / "tags.dat").write_bytes(b"")
    with pytest.raises(InputError, match=r"tags.dat: the file is empty; get it anew"):
        list(hetrec.read_rows(raw, "tags.dat"))
    (raw / "tags.dat").unlink()
    with pytest.raises(InputError, match=r"tags.dat: no such file"):
        list(hetrec.read_rows(raw, "tags.dat"))


@pytest.mark.parametrize("file", hetrec.HEADERS)
def test_a_file_cut_in_half_or_zipped_is_blamed_itself_in_a_short_line(raw, tmp_path, file):
    content = (raw / file).read_bytes()
    half = content[: content.index(b"\n", len(content) // 2) + 1]
    if file == "user_taggedartists.dat":
        half = half.rsplit(b"\t", 1)[0]  # at a line's end nothing tells: only the published file's checksum does
    for changed in (half, gzip.compress(content), content.replace(b"\r\n", b"\r")):
        (raw / file).write_bytes(changed)
        with pytest.raises(InputError, match=file) as raised:
            build_tables.main([f"--raw={raw}", "--source=generated", f"--output-folder={tmp_path / 'tables'}"])
        assert len(str(raised.value)) < 350


def test_latin1_tags_and_lf_line_ends(raw):
    (raw / "tags.dat").write_bytes("tagID\ttagValue\n7\tmúsica\n".encode("latin-1"))
    assert [row.fields["tagValue"] for row in hetrec.read_rows(raw, "tags.dat")] == ["música"]


def test_facts_name_what_does_not_hold(tiny_tables):
    names = ["listens", "users", "artists", "friends", "tags", "tag_assignments"]
    tables = {name: pd.read_parquet(tiny_tables / f"{name}.parquet") for name in names}
    with pytest.raises(InputError, match="listens: 600, not 92834; users: 30, not 1892"):
        hetrec.check_facts(tables)
