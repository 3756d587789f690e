"""Listening histories of every form are read, each play once, whatever they are packed in; or a line says why not."""

import io
import json
import os
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import history_files as made
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data.histories import json_rows, parts
from lastfm_gnn.data.histories.forms import form_of
from lastfm_gnn.data.histories.history import read_history
from lastfm_gnn.data.histories.json_rows import Irregular
from lastfm_gnn.data.histories.listenbrainz import LISTENS
from lastfm_gnn.data.histories.parts import Part
from lastfm_gnn.data.histories.spotify import EXTENDED
from lastfm_gnn.data.plays import read_plays

WITH_IDS = ("listenbrainz", "lastfm_ghan")


def read(tmp_path, content, name="of any name"):
    (tmp_path / name).write_bytes(content)
    return read_plays([tmp_path / name])


@pytest.mark.parametrize("form", made.FORMS)
def test_every_form_is_told_by_its_content(tmp_path, form):
    plays = read(tmp_path, made.FORMS[form](made.PLAYS))
    assert plays.counts == made.COUNTS
    assert plays.mbids == ({"Sigur Rós": made.ROS, "Muse": made.MUSE} if form in WITH_IDS else {})
    assert "read 1 file: 5 plays of 3 artists, 2020-09-13 to 2023-11-14; left out: " in plays.read


@pytest.mark.parametrize("form", made.FORMS)
def test_neither_addresses_nor_accounts_are_kept(tmp_path, form):
    content = made.FORMS[form](made.PLAYS)
    path = tmp_path / "history"
    path.write_bytes(content)
    kept = repr(read_history([path]))
    with pytest.raises(InputError) as raised:
        read(tmp_path, content[: len(content) * 3 // 4] + b"\xff")
    for text in (kept, str(raised.value)):
        assert made.ADDRESS not in text and made.ACCOUNT not in text


def test_what_is_no_play_is_left_out_and_counted(tmp_path):
    rows = json.loads(made.spotify_extended(made.PLAYS))
    rows.append(rows[0] | {"ms_played": 29_999})
    rows.append(rows[0] | {"ms_played": 30_000, "ts": "2020-09-13T13:00:00Z"})
    rows.append(rows[0] | {"master_metadata_album_artist_name": None, "episode_name": "Episode"})
    rows.append(rows[0] | {"master_metadata_album_artist_name": None, "audiobook_title": "Book"})
    rows.append(rows[0] | {"master_metadata_album_artist_name": None})
    rows.append(rows[0] | {"master_metadata_album_artist_name": " "})
    rows.append(rows[0])
    plays = read(tmp_path, json.dumps(rows).encode())
    assert plays.counts == made.COUNTS | {"Sigur Rós": 4}
    assert plays.read.endswith("left out: 2 podcasts and audiobooks, 1 twice, 1 under 30 s, 2 without an artist")


def test_skips_of_players_and_other_events_of_apple_are_no_plays(tmp_path):
    log = made.scrobbler_log(made.PLAYS) + b"Muse\tAlbum\tTrack\t1\t300\tS\t1600000999\t\n"
    assert read(tmp_path, log).read.endswith("left out: 1 skipped")
    assert read(tmp_path, made.apple(made.PLAYS)).read.endswith("left out: 5 no ends of plays")
    with pytest.raises(InputError, match=r"no plays \(left out: 5 no ends of plays, 5 without an artist\)"):
        read(tmp_path, made.apple(made.PLAYS, artists=False))


def test_podcasts_have_a_file_of_their_own_in_a_year_of_spotify(tmp_path):
    podcasts = [{"endTime": "2020-09-13 12:26", "podcastName": "P", "episodeName": "E", "msPlayed": 90_000}]
    files = {"StreamingHistory_podcast_0.json": json.dumps(podcasts), "Userdata.json": b'{"email": "a@b.c"}'}
    plays = read(tmp_path, made.zipped(files | {"StreamingHistory_music_0.json": made.spotify_year(made.PLAYS)}))
    assert plays.counts == made.COUNTS
    assert plays.read.endswith("left out: 1 podcasts and audiobooks; 1 other file")


def test_the_same_play_twice_is_one(tmp_path):
    """Of two files, of two forms, and where only one of them tells the second."""
    for name, form in made.FORMS.items():
        if name not in ("scrobbler_log", "apple"):
            (tmp_path / name).write_bytes(form(made.PLAYS))
            (tmp_path / f"{name} again").write_bytes(form(made.PLAYS[::-1]))
    plays = read_plays(sorted(tmp_path.iterdir()))
    assert plays.counts == made.COUNTS and plays.mbids == {"Sigur Rós": made.ROS, "Muse": made.MUSE}
    within_a_minute = [("Muse", "One", 1_600_000_020 + second, 31_000, "") for second in (0, 20, 40)]
    assert read(tmp_path, made.spotify_extended(within_a_minute)).counts == {"Muse": 3}
    assert read(tmp_path, made.spotify_year(within_a_minute)).counts == {"Muse": 1}


def test_a_player_without_a_clock_has_plays_nevertheless(tmp_path):
    log = made.scrobbler_log([("Muse", "One", 0, 60_000, "")] * 3)
    for name in "ab":
        (tmp_path / name).write_bytes(log)
    plays = read_plays([tmp_path / "a", tmp_path / "b"])
    assert plays.counts == {"Muse": 3} and "3 plays of 1 artists, without dates; left out: 3 twice" in plays.read


def test_marks_that_turn_text_are_taken_out_of_names(tmp_path):
    plays = read(tmp_path, made.spotify_year([(" \u200eMu\x1bse\ud800", "One", 1_600_000_000, 60_000, "")]))
    assert plays.counts == {"Muse": 1}


def test_the_id_of_an_artist_is_that_of_most_plays(tmp_path):
    rows = [
        ("Muse", f"Track {number}", 1_600_000_000 + 60 * number, 60_000, made.ROS if number < 2 else made.MUSE)
        for number in range(5)
    ]
    assert read(tmp_path, made.listenbrainz(rows)).mbids == {"Muse": made.MUSE}
    several = made.listenbrainz(rows[:1]).replace(
        made.ROS.encode() + b'"]', made.ROS.encode() + b'", "' + made.MUSE.encode() + b'"]'
    )
    assert read(tmp_path, several).mbids == {}


def test_a_dump_has_several_people(tmp_path):
    content = made.listenbrainz(made.PLAYS, user_id=7) + made.listenbrainz(made.PLAYS[:2], user_id=12)
    (tmp_path / "1.listens").write_bytes(content)
    history = read_history([tmp_path / "1.listens"])
    counts = {
        (history.people[person], history.artists[artist]): count
        for person, artist, count in zip(history.person, history.artist, history.count, strict=True)
    }
    assert counts == {("7", artist): count for artist, count in made.COUNTS.items()} | {("12", "Sigur Rós"): 2}
    with pytest.raises(InputError, match=r"plays of 2 people; give those of one"):
        read_plays([tmp_path / "1.listens"])


def test_folders_and_zips_inside_zips_are_gone_through(tmp_path):
    inner = made.zipped({"Apple Music Activity/Apple Music Play Activity.csv": made.apple(made.PLAYS[:2])})
    folder = tmp_path / "ann/listens"
    folder.mkdir(parents=True)
    (folder / "1.jsonl").write_bytes(made.listenbrainz(made.PLAYS[2:]))
    (folder / ".DS_Store").write_bytes(b"\0\1\2")
    (tmp_path / "ann/a.zip").write_bytes(made.zipped({"Apple_Media_Services.zip": inner, "../out": b"out"}))
    plays = read_plays([tmp_path / "ann"])
    assert plays.counts == made.COUNTS and "read 2 files: 5 plays" in plays.read and "2 other files" in plays.read
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [".DS_Store", "1.jsonl", "a.zip"]


def test_counts_written_by_hand_are_added(tmp_path):
    (tmp_path / "more.csv").write_text("Muse,5\nABBA,2\n")
    (tmp_path / "history").write_bytes(made.lastfm_plain(made.PLAYS))
    plays = read_plays([tmp_path / "history", tmp_path / "more.csv"])
    assert plays.counts == made.COUNTS | {"Muse": 6, "ABBA": 2}


def encrypted(content):
    """The same zip, said to have a password."""
    with_flag = bytearray(content)
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = with_flag.index(signature) + place
        with_flag[start : start + 2] = struct.pack("<H", 1)
    return bytes(with_flag)


SPOTIFY = made.spotify_extended(made.PLAYS)
DEEP = made.zipped({"d.zip": made.zipped({"c.zip": made.zipped({"b.zip": made.zipped({"a.json": SPOTIFY})})})})
BAD = {
    "nothing known": (b'[{"a": 1}]', r"of any name: no listening history; give one of Spotify, extended .* or a CSV"),
    "empty array": (b"[]", r"no listening history"),
    "picture": (b"\x89PNG\0\0", r"of any name, line 1: not UTF-8; save the file as CSV"),
    "empty zip member": (made.zipped({"a.txt": b"x"}), r"no listening history"),
    "array that is cut": (SPOTIFY[:-1], r"of any name, entry 6: the file is cut here; get the file anew"),
    "entry that is cut": (SPOTIFY[:-100], r"of any name, entry 5: cut, or no JSON object"),
    "no object": (SPOTIFY[:-1] + b", 5]", r"entry 6: no JSON object"),
    "no comma": (SPOTIFY.replace(b"}, {", b"}; {", 1), r"entry 2: no comma before it"),
    "after its end": (SPOTIFY + b"[]", r"entry 6: more than one array"),
    "bytes": (SPOTIFY.replace(b"Album", b"\xff\xfe\xfd\xfc\xfb"), r"entry 1: not UTF-8"),
    "no time": (SPOTIFY.replace(b"2020-09-13T12:26:40Z", b"once"), r"entry 1: ts is no time; get the file anew"),
    "no number": (SPOTIFY.replace(b"200000", b'"long"'), r"entry 2: ms_played is no whole number from 0"),
    "no text": (SPOTIFY.replace(b'"Muse"', b"5"), r"entry 3: master_metadata_album_artist_name is no text"),
    "many digits": (SPOTIFY.replace(b"200000", b"9" * 5000), r"entry 2: cut, or no JSON object"),
    "far future": (made.lastfm_stats([("Muse", "One", 1 << 34, 0, "")]), r"a play in the year 2242"),
    "deep objects": (made.listenbrainz(made.PLAYS) + b'{"a":' * 100_000, r"entry 6: cut, or no JSON object"),
    "ghan's column": (made.lastfm_ghan(made.PLAYS) + b"1,2\n", r"any name, line 7: 2 columns, not 8; mend"),
    "stats' time": (made.lastfm_stats(made.PLAYS) + b"a;b;c;d;now\n", r"line 7: Date is no whole number"),
    "plain time": (made.lastfm_plain(made.PLAYS) + b"a,b,c,06 Abc 2020\n", r"line 6: the time is none like"),
    "log's letter": (made.scrobbler_log(made.PLAYS) + b"a\tb\tc\t1\t9\tX\t1\t\n", r"line 9: .* neither L nor S"),
    "long line": (made.scrobbler_log(made.PLAYS) + b"x" * (1 << 18), r"no CSV \(a line of more than"),
    "latin-1": (made.lastfm_stats(made.PLAYS) + b"Bj\xf6rk;a;b;c;1\n", r"line \d: not UTF-8 from here"),
    "open quote": (made.lastfm_ghan(made.PLAYS) + b'"', r"no CSV"),
    "long name": (made.lastfm_plain([("M" * 1001, "x", 1_600_000_000, 0, "")]), r"a name of more than 1000"),
    "cut zip": (made.zipped({"a.json": SPOTIFY})[:-30], r"of any name: not a readable zip \(.*\); get it anew"),
    "password": (encrypted(made.zipped({"a.json": SPOTIFY})), r"of any name/a.json: it has a password; unpack"),
    "deep zip": (DEEP, r"a zip in more than 2 others; unpack it, and give the folder"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_histories_are_told(tmp_path, name):
    content, message = BAD[name]
    with pytest.raises(InputError, match=message) as raised:
        read(tmp_path, content)
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 600


def test_zips_that_unpack_to_much_are_refused(tmp_path):
    bomb = b"[" + b" " * (1 << 24)
    with pytest.raises(InputError, match=r"no listening history"):
        read(tmp_path, made.zipped({"a.json": bomb}))
    (tmp_path / "my.zip").write_bytes(made.zipped({"a.json": SPOTIFY[:-1] + bomb[1:] + b"]", "b.json": b""}))
    for least, message in (
        ({"bytes": 1 << 20}, r"my.zip: more than 8 GiB unpacked; unpack what you trust"),
        ({"files": 1}, r"my.zip: more than 20000 files; give those of the history alone"),
    ):
        with (tmp_path / "my.zip").open("rb") as file, pytest.raises(InputError, match=message):
            for member in parts.members("my.zip", file, parts.Budget("my.zip", **least), 1):
                for form in filter(None, [form_of(member)]):
                    list(form.read(member))


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match=r"pipe: not a file"):
        read_plays([tmp_path / "pipe"])


TEXTS = st.none() | st.text(max_size=5) | st.sampled_from(["},{", '"', "\\", "}\n{", "]", "\ud800"])
IDS = st.none() | st.fixed_dictionaries({"artist_mbids": st.none() | st.lists(st.text(max_size=3), max_size=2)})
VALUES = {
    "ts": st.sampled_from(["2020-09-13T12:26:40Z", None]),
    "ms_played": st.integers(-5, 1 << 40) | st.none(),
    "master_metadata_track_name": TEXTS,
    "other": st.lists(st.dictionaries(st.text(max_size=2), st.integers()), max_size=2),
    "track_metadata": st.none() | st.fixed_dictionaries({}, optional={"artist_name": TEXTS, "mbid_mapping": IDS}),
}
SECONDS = {"2020-09-13T12:26:40Z": 1_600_000_000}


@settings(deadline=None)
@given(
    rows=st.lists(st.fixed_dictionaries({}, optional=VALUES), max_size=4),
    style=st.sampled_from([None, 1, "lines"]),
    ascii=st.booleans(),
    fields=st.sampled_from([EXTENDED, LISTENS]),
    block=st.integers(20, 500),
)
def test_quick_reading_is_the_exact_one(rows, style, ascii, fields, block):
    """What pyarrow takes, in blocks of whatever size, is what the standard library reads."""
    lines = style == "lines"
    dumped = [json.dumps(row, ensure_ascii=ascii, indent=None if lines else style) for row in rows]
    content = ("\n".join(dumped) if lines else f"[{' , '.join(dumped)}\n]").encode("utf-8", "replace")
    part = Part("rows.json", lambda: io.BytesIO(content))
    exact = [[json_rows.value(row, name) for name in fields] for row in json_rows.exact(part)]
    assert len(exact) == len(rows)
    try:
        with pytest.MonkeyPatch.context() as patched, part.open() as stream:
            patched.setattr(json_rows, "BLOCK", block)
            quick = list(json_rows.quick(stream, fields))
    except Irregular:
        return
    for row, values in zip(quick, exact, strict=True):
        assert list(row) == [SECONDS.get(value, value) if isinstance(value, str) else value for value in values]


def test_forms_are_read_quickly_where_nothing_is_odd(tmp_path):
    """So that the test above compares what is used."""
    plays = made.PLAYS[:-1]
    for content, fields in ((made.spotify_extended(plays), EXTENDED), (made.listenbrainz(plays), LISTENS)):
        (tmp_path / "rows").write_bytes(content)
        with (tmp_path / "rows").open("rb") as stream:
            assert len(list(json_rows.quick(stream, fields))) == 4


def test_a_zip_needs_no_suffix_and_may_have_any_names(tmp_path):
    with zipfile.ZipFile(tmp_path / "x", "w") as archive:
        archive.writestr("\x1b[31m/" + "n" * 300, made.spotify_year(made.PLAYS)[:-3])
    with pytest.raises(InputError) as raised:
        read_plays([tmp_path / "x"])
    assert "\x1b" not in str(raised.value) and len(str(raised.value)) < 300
