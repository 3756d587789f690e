"""What the page that recommends reads: listening histories and lists, chosen, dropped or written."""

import json

import pytest
from playwright.sync_api import expect

from opened_page import HOSTILE, SMALL, opened_pages


@pytest.fixture
def page(browser, tmp_path):
    with opened_pages(browser, tmp_path) as opened:
        yield opened(SMALL, HOSTILE)


HISTORIES = {
    "list.csv": (
        '\ufeffartist,count\nMuse,3\n"Tyler, The Creator",2\nMuse,1\n',
        {"Muse": 4, "Tyler, The Creator": 2},
    ),
    "Streaming_History_Audio_1.json": (
        json.dumps(
            [
                {"ts": "2024-01-01T00:00:00Z", "ms_played": 31000, "master_metadata_album_artist_name": "Muse"},
                {"ts": "2024-01-01T00:00:00Z", "ms_played": 31000, "master_metadata_album_artist_name": "Muse"},
                {"ts": "2024-01-01T00:09:00Z", "ms_played": 30000, "master_metadata_album_artist_name": "Muse"},
                {"ts": "2024-01-02T00:00:00Z", "ms_played": 29999, "master_metadata_album_artist_name": "Muse"},
                {"ts": "2024-01-03T00:00:00Z", "ms_played": 99999, "master_metadata_album_artist_name": None},
            ]
        ),
        {"Muse": 2},
    ),
    "StreamingHistory0.json": (
        json.dumps([{"endTime": "2024-01-01 00:00", "artistName": "Blur", "trackName": "Tender", "msPlayed": 60000}]),
        {"Blur": 1},
    ),
    "1.jsonl": (
        '{"listened_at": 1, "track_metadata": {"artist_name": "Blur", "track_name": "Tender"}}\n'
        '{"listened_at": 2, "track_metadata": {"artist_name": "Blur", "mbid_mapping": null}}\n',
        {"Blur": 2},
    ),
    "uts.csv": (
        "uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid\n"
        '1,"01 Jan 2024, 00:00","Earth, Wind & Fire",,"A ""B""",,September,\n2,,Muse,,,,Bliss,\n2,,Muse,,,,Bliss,\n',
        {"Earth, Wind & Fire": 1, "Muse": 1},
    ),
    "ann.csv": ('\ufeffArtist;Album;AlbumId;Track;Date#ann\nMuse;"Ab;c";;Bliss;1577836800000\n', {"Muse": 1}),
    "scrobbles.csv": ('Muse,Absolution,Bliss,"06 Sep 2026, 14:23"\nMuse,,Bliss,"06 Sep 2026, 14:33"\n', {"Muse": 2}),
    "lower case.csv": ('artist;"album";albumid;track;date#ann\nMuse;"Ab;c";;Bliss;1577836800000\n', {"Muse": 1}),
    "playing now.csv": ('Björk,Homogenic,Jóga,\nMuse,,Bliss,"06 Sep 2026, 14:23"\n', {"Björk": 1, "Muse": 1}),
    "dump.listens": (
        '{"timestamp": 1, "track_metadata": {"artist_name": "Blur \ufffd", "track_name": "Tender"}}\n' * 2,
        {"Blur \ufffd": 1},
    ),
    ".scrobbler.log": (
        "#AUDIOSCROBBLER/1.1\n#TZ/UTC\nMuse\tA\tBliss\t1\t200\tL\t1\t\nMuse\tA\tBliss\t1\t200\tS\t2\t\n"
        "Blur\tA\tIntro\t1\t29\tL\t3\t\nBlur\tA\tTender\t\t\tL\t4\t\n",
        {"Muse": 1, "Blur": 1},
    ),
    "Apple Music Play Activity.csv": (
        "Artist Name,Song Name,Event Type,Event End Timestamp,Play Duration Milliseconds\n"
        "Muse,Bliss,PLAY_END,2024-01-01,40000\nMuse,Bliss,PLAY_START,2024-01-01,\n",
        {"Muse": 1},
    ),
}


def test_histories_are_read_in_the_forms_that_people_have(page):
    for name, (text, expected) in HISTORIES.items():
        found = page.evaluate("([text, name]) => [...historyOf(text, name).plays]", [text, name])
        assert dict(found) == expected, name
    spotify = HISTORIES["Streaming_History_Audio_1.json"][0]
    assert page.evaluate("text => historyOf(text, 'a.json').said", spotify) == (
        "a.json: 2 plays of 1 artist, 2024-01-01 to 2024-01-01; left out: 1 podcasts and other entries without an"
        " artist, 1 shorter than 30 s, 1 there twice."
    )
    assert page.evaluate("historyOf('[]', 'a.json').said") == "a.json: 0 plays of 0 artists, without dates."


DAYS = {
    "2024-01-31T23:59:59Z": "2024-01-31",
    "2024-01-31T23:59:59.9+02:00": "2024-01-31",
    "2024-01-31T23:59:59-0200": "2024-02-01",
    "2024-01-31 23:59": "2024-01-31",
    "2024-01-31": "2024-01-31",
    "31 Jan 2024, 23:59": "2024-01-31",
    1_706_745_599: "2024-01-31",
    "1706745599": "2024-01-31",
    "1706745599000": "2024-01-31",
}


def test_days_are_those_of_utc(page):
    days = "times => times.map(when => new Date(moment(when)).toISOString().slice(0, 10))"
    assert page.evaluate(days, [*DAYS]) == [*DAYS.values()]


def test_times_of_a_clock_that_was_not_set_are_no_days(page):
    plays = [
        {"uts": when, "artist": "Muse", "track": "Bliss"} for when in (0, 1, 10**9, 1.1 * 10**9, 10**19, "soon", "")
    ]
    assert page.evaluate("text => historyOf(text, 'a').said", json.dumps(plays)) == (
        "a: 7 plays of 1 artist, 2001-09-09 to 2004-11-09."
    )


def test_a_list_is_read_as_people_write_it(page):
    for header in ("artist,count", "Artist;Plays", '"name","plays"', "name\tcount", "artist, plays"):
        assert page.evaluate("text => [...listed(text).plays]", f"{header}\nMuse,3\n") == [["Muse", 3]], header
    text = "name,plays\nMuse,1.5\nMuse,0\n\nBlur,-3\nBlur;1,5\nMuse,007\nBlur,1e3\n"
    text += "Sum 41\nTyler, The Creator\n10,000 Maniacs,2"
    found = page.evaluate("text => { const {plays, wrong} = listed(text); return [[...plays], wrong] }", text)
    assert found[0] == [["Muse", 7], ["Sum 41", 1], ["Tyler, The Creator", 1], ["10,000 Maniacs", 2]]
    wrong = [(2, "1.5"), (3, "0"), (5, "-3"), (6, "1,5"), (8, "1e3")]
    assert found[1] == [f"line {line}: {count} is no whole number of plays from 1 on" for line, count in wrong]
    page.fill("#artists", "Björk,1.5\nTyler, The Creator\nnobody at all")
    expect(page.locator("#found")).to_have_text(
        "1 artist found. Not in the data: nobody at all. Left out: line 1: 1.5 is no whole number of plays from 1 on."
    )
    assert page.evaluate("historyOf('Muse,3\\nBlur,0', 'a.csv').said") == (
        "a.csv: 1 artist; left out: line 2: 0 is no whole number of plays from 1 on."
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a: no artist in it"),
        ("artist,count\n", "a: no artist in it"),
        ("artist,count\nMuse,0", "a, line 2: 0 is no whole number of plays from 1 on"),
        ("[1, 2", "a: no readable JSON"),
        ('{"a": 1}', "a: no listening history that this page knows"),
        ("[null]", "a: no listening history that this page knows"),
        ("PK\x03\x04\0\0", "a: no text in UTF-8"),
        ("Bj\0rk,1", "a: no text in UTF-8"),
    ],
)
def test_files_that_are_none_are_told(page, text, message):
    said = page.evaluate("text => { try { historyOf(text, 'a') } catch (error) { return error.message } }", text)
    assert said.startswith(message)


def test_files_are_chosen_or_dropped(page, tmp_path):
    (tmp_path / "plays.csv").write_text("artist,count\nbjork,3\nconstructor,10\n")
    (tmp_path / "bad.json").write_text("[")
    (tmp_path / "latin.csv").write_bytes("Björk,7".encode("latin-1"))
    page.set_input_files("#files", [tmp_path / name for name in ("plays.csv", "bad.json", "latin.csv")])
    expect(page.locator("#taken")).to_have_text(
        "plays.csv: 2 artists. bad.json: no readable JSON; export it anew."
        " latin.csv: no text in UTF-8; drop a CSV, JSON or .scrobbler.log file."
    )
    assert page.input_value("#artists") == "constructor,10\nbjork,3"
    expect(page.locator("#recommended li")).to_have_count(5)
    page.evaluate(
        """() => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File(["Björk,1"], "dropped.csv"));
            document.dispatchEvent(new DragEvent("drop", {dataTransfer, cancelable: true}));
        }"""
    )
    expect(page.locator("#taken")).to_have_text("dropped.csv: 1 artist. Your list of 2 artists was replaced.")
    assert page.input_value("#artists") == "Björk,1"
    page.set_input_files("#files", tmp_path / "bad.json")
    expect(page.locator("#taken")).to_have_text("bad.json: no readable JSON; export it anew.")  # replaces nothing
    assert page.input_value("#artists") == "Björk,1"
    page.fill("#artists", "")
    expect(page.locator("#taken")).to_have_text("")
    assert page.input_value("#files") == ""


def test_an_artist_of_the_list_is_not_added_again(page):
    page.fill("#artists", "Tiler the Creator,3\nnobody at all")
    for name in ("Tyler, The Creator", "tyler the creator,5"):
        page.fill("#add", name)
        page.get_by_role("button", name="Add").click()
        expect(page.locator("#added")).to_have_text("Tyler, The Creator is already in your list.")
        assert page.input_value("#add") == name
    page.fill("#add", "nobody at all")
    expect(page.locator("#added")).to_have_text("")
    page.keyboard.press("Enter")
    expect(page.locator("#added")).to_have_text("nobody at all is already in your list.")
    assert page.input_value("#artists") == "Tiler the Creator,3\nnobody at all"
    page.fill("#add", "Björk,7")
    page.keyboard.press("Enter")
    expect(page.locator("#added")).to_have_text("")
    assert page.input_value("#artists") == "Tiler the Creator,3\nnobody at all\nBjörk,7"


# Texts of a line and how many artists the page then recommends, whenever the line changes.
WATCH = """id => {
    const line = document.getElementById(id), rows = document.querySelectorAll("#recommended li");
    window.seen = [];
    new MutationObserver(() => seen.push([line.textContent, document.querySelectorAll("#recommended li").length]))
        .observe(line, {childList: true});
}"""


def test_that_it_reads_is_said_before_it_reads(page, tmp_path):
    (tmp_path / "plays.csv").write_text("Björk,3\n")
    page.evaluate(WATCH, "taken")
    page.evaluate(
        """() => new MutationObserver(() => requestAnimationFrame(() => seen.push("painted")))
            .observe(document.getElementById("taken"), {childList: true})"""
    )
    page.set_input_files("#files", tmp_path / "plays.csv")
    expect(page.locator("#recommended li")).to_have_count(6)
    assert page.evaluate("seen")[:3] == [["reading …", 0], "painted", ["plays.csv: 1 artist.", 6]]


def test_known_names_need_not_wait_for_unknown_ones(page):
    page.evaluate(WATCH, "compared")
    page.evaluate(
        """() => {  // a name needs longer than a slice of time
            const find = names.find.bind(names);
            names.find = name => {
                for (const end = performance.now() + 2 * SLICE; performance.now() < end; );
                return find(name);
            };
        }"""
    )
    write = "texts => texts.forEach(text => { document.getElementById('artists').value = text; read(); })"
    page.evaluate(write, ["Björk\nnobody\nTiler the Creator\nno one"])
    expect(page.locator("#found")).to_contain_text("Not in the data: nobody, no one")
    line = "Looking for a similar spelling of the other names: {} of 3 …"
    assert page.evaluate("seen") == [[line.format(1), 6], [line.format(2), 6], ["", 5]]
    expect(page.locator("#found")).to_contain_text(
        "2 artists found. Tiler the Creator is taken for Tyler, The Creator."
    )
    expect(page.locator("#recommended li")).to_have_count(5)
    page.evaluate("() => { seen = [] }")
    page.evaluate(write, ["a b c d\ne f g h\ni j k l", "Björk\nq r s t"])  # the second ends the search of the first
    expect(page.locator("#found")).to_contain_text("1 artist found. Not in the data: q r s t")
    assert [text for text, _ in page.evaluate("seen") if text] == []
