"""What the page that recommends reads in zips: the histories in them, each play once."""

import io
import json
import zipfile

import pytest
from playwright.sync_api import expect

from opened_page import HOSTILE, SMALL, opened_pages

MUSE = json.dumps(
    [
        {"ts": "2024-01-01T00:00:00Z", "ms_played": 31000, "master_metadata_album_artist_name": "Muse"},
        {"ts": "2024-01-01T00:09:00Z", "ms_played": 30000, "master_metadata_album_artist_name": "Muse"},
        {"ts": "2024-01-02T00:00:00Z", "ms_played": 29999, "master_metadata_album_artist_name": "Muse"},
        {"ts": "2024-01-03T00:00:00Z", "ms_played": 99999, "master_metadata_album_artist_name": None},
    ]
)
BLUR = json.dumps([{"endTime": "2024-01-01 00:00", "artistName": "Blur", "trackName": "Tender", "msPlayed": 60000}])


@pytest.fixture
def page(browser, tmp_path):
    with opened_pages(browser, tmp_path) as opened:
        yield opened(SMALL, HOSTILE)


@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_is_read_for_the_histories_in_it(page, tmp_path, packing):
    with zipfile.ZipFile(tmp_path / "my.zip", "w", packing) as archive:
        archive.writestr("MyData/Streaming_History_Audio_1.json", MUSE)
        archive.writestr("MyData/Streaming_History_Audio_2.json", MUSE.replace("Muse", "Björk"))
        archive.writestr("MyData/a copy.json", MUSE)
        archive.writestr("MyData/Userdata.json", '{"username": "ann"}')
        archive.writestr("MyData/inferences.csv", "a,1\nb,2\n")
        archive.writestr("MyData/ReadMeFirst.pdf", "%PDF")
        archive.comment = b"a comment"
    page.set_input_files("#files", tmp_path / "my.zip")
    expect(page.locator("#taken")).to_have_text(
        "my.zip: 4 plays of 2 artists, 2024-01-01 to 2024-01-01; left out: 3 podcasts and other entries without an"
        " artist, 3 shorter than 30 s, 2 there twice."
    )
    assert page.input_value("#artists") == "Muse,2\nBjörk,2"


def zipped(files: dict[str, str | bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


def test_a_zip_in_a_zip_is_read(page, tmp_path):
    inner = zipped({"a.json": BLUR.replace("Tender", "Coffee & TV"), "b.json": BLUR})
    (tmp_path / "my.zip").write_bytes(
        zipped({"a/inner.zip": inner, "c.json": BLUR, "empty.ZIP": zipped({}), "._.zip": "?"})
    )
    page.set_input_files("#files", tmp_path / "my.zip")
    expect(page.locator("#taken")).to_have_text(
        "my.zip: 2 plays of 1 artist, 2024-01-01 to 2024-01-01; left out: 1 there twice."
    )
    assert page.input_value("#artists") == "Blur,2"
    # says that it has 600 million bytes
    large = zipped({"a.json": BLUR}).replace(len(BLUR).to_bytes(4, "little"), (600 * 10**6).to_bytes(4, "little"))
    for name, content, message in (
        ("deep.zip", zipped({"a.zip": zipped({"b.zip": inner})}), "deep.zip/a.zip/b.zip: a zip in a zip in a zip;"),
        ("cut.zip", zipped({"a.zip": inner[:-30], "c.json": BLUR}), "cut.zip/a.zip: a zip that is cut; get it anew"),
        ("large.zip", zipped({"a.zip": large, "b.zip": large}), "large.zip: more than a gigabyte when unpacked"),
    ):
        (tmp_path / name).write_bytes(content)
        page.set_input_files("#files", tmp_path / name)
        expect(page.locator("#taken")).to_contain_text(message)


def test_a_play_of_several_files_is_one(page, tmp_path):
    (tmp_path / "a.json").write_text(MUSE)
    for name in ("b.zip", "c.zip"):
        (tmp_path / name).write_bytes(zipped({"a.json": MUSE}))
    page.set_input_files("#files", [tmp_path / name for name in ("a.json", "b.zip", "c.zip")])
    expect(page.locator("#taken")).to_contain_text("b.zip: 0 plays")
    assert page.input_value("#artists") == "Muse,2"


def test_a_zip_that_has_more_than_it_says_is_told(page, tmp_path):
    lying = zipped({"a.json": MUSE, "b.json": BLUR}).replace(
        len(MUSE).to_bytes(4, "little"), (10).to_bytes(4, "little")
    )
    (tmp_path / "my.zip").write_bytes(lying)
    page.set_input_files("#files", tmp_path / "my.zip")
    expect(page.locator("#taken")).to_have_text("my.zip: a zip that is cut; get it anew.")
    assert page.input_value("#artists") == ""


def test_a_zip_that_is_none_is_told(page, tmp_path):
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as archive:
        archive.writestr("Userdata.json", "{}")
    whole = (tmp_path / "empty.zip").read_bytes()
    for name, content, message in (
        ("no.zip", zipped({}), "no.zip: an empty zip."),
        ("empty.zip", whole, "empty.zip: no listening history in it that this page knows."),
        ("cut.zip", whole[:-30], "cut.zip: a zip that is cut; get it anew."),
        (
            "odd.zip",
            whole.replace(b"PK\1\2", b"PK\1\3"),
            "odd.zip: a zip that this page cannot read; unpack it first.",
        ),
    ):
        (tmp_path / name).write_bytes(content)
        page.set_input_files("#files", tmp_path / name)
        expect(page.locator("#taken")).to_have_text(message)
        assert page.input_value("#artists") == ""
