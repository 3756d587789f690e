"""Histories of several people, with friends and tags beside them, become one data set."""

import pytest

import history_files as made
from data.own_tables import build, by_name
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data.people import read_own

PEOPLE = {
    ("ann", "Sigur Rós"): 3,
    ("ann", "Muse"): 1,
    ("ann", "Tyler, The Creator; Kali"): 1,
    ("bob", "Sigur Rós"): 2,
    ("carl", "Muse"): 7,
}


def write_people(folder):
    """A history in a zip, another in parts in a folder, and counts by hand."""
    (folder / "bob/listens/2020").mkdir(parents=True)
    (folder / "ann.zip").write_bytes(made.zipped({"a.json": made.spotify_extended(made.PLAYS)}))
    (folder / "bob/listens/2020/1.jsonl").write_bytes(made.listenbrainz(made.PLAYS[:1]))
    (folder / "bob/listens/2020/2.jsonl").write_bytes(made.listenbrainz(made.PLAYS[1:2]))
    (folder / "carl.csv").write_text("Muse,7\n")
    (folder / ".DS_Store").write_bytes(b"\0")


def test_a_folder_has_a_person_a_file_or_folder(tmp_path, capsys):
    write_people(tmp_path / "friends")
    tables = build(tmp_path / "friends")
    assert by_name(tables) == PEOPLE
    said = capsys.readouterr().out
    assert "ann: read 1 file: 5 plays of 3 artists" in said and "bob: read 2 files: 2 plays" in said
    mbids = tables["artist_mbids"].merge(tables["artists"])
    assert dict(zip(mbids.name, mbids.mbid, strict=True)) == {"Sigur Rós": made.ROS}


def test_a_list_has_a_person_a_path(tmp_path):
    write_people(tmp_path)
    own = read_own([tmp_path / "carl.csv", tmp_path / "bob"])
    assert own.listens.users == ["bob", "carl"] and own.mbids == {"Sigur Rós": made.ROS}
    assert own.listens.count.tolist() == [2, 7]


def test_friends_and_tags_come_from_files_beside(tmp_path):
    write_people(tmp_path / "people")
    (tmp_path / "people/friends.csv").write_text("user,friend\nann,bob\nbob,ann\ncarl,ann\n")
    (tmp_path / "people/tags.csv").write_text(
        "artist,user,tag,date\nMuse,carl,rock,2020-02-03\nMuse,carl,rock,2020-02-01\nMuse,ann,loud,\nABBA,ann,pop,\n"
    )
    tables = build(
        tmp_path / "people",
        *(f"--{name}={tmp_path}/people/{name}.csv" for name in ("friends", "tags")),
    )
    assert by_name(tables) == PEOPLE
    user = tables["user_names"].set_index("user_id").name
    friends = {(user[one], user[other]) for one, other in tables["friends"].to_numpy()}
    assert (
        friends == {("ann", "bob"), ("bob", "ann"), ("ann", "carl"), ("carl", "ann")} and len(tables["friends"]) == 4
    )
    named = tables["tag_assignments"].merge(tables["tags"]).merge(tables["artists"])
    assert {(user[row.user_id], row.name, row.tag, str(row.date)) for row in named.itertuples()} == {
        ("carl", "Muse", "rock", "2020-02-01"),
        ("ann", "Muse", "loud", "1970-01-01"),
    }


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("friends", "user,friend\nann,dave\n", r"friends.csv, line 2: 'dave' is none of the 3 users of the listens"),
        ("friends", "user,friend\nann,ann\n", r"line 2: 'ann' is their own friend"),
        ("friends", "user,friend\nann\n", r"line 2: 1 columns, not 2"),
        ("friends", "ann,bob\n", r"line 1: the header is \['ann', 'bob'\], not user,friend"),
        ("tags", "user,artist,tag\nann,Muse,\n", r"tags.csv, line 2: no tag"),
        (
            "tags",
            "user,artist,tag,date\nann,Muse,rock,06 Sep\n",
            r"line 2: date is '06 Sep', not one like 2026-09-06",
        ),
        ("tags", "user,artist,tag,date,date\n", r"line 1: the header is"),
        ("friends", "user,friend\n", r"friends.csv: no friendship in it; add some, or take the file away"),
        ("tags", "user,artist,tag\nann,ABBA,pop\n", r"tags.csv: no tag of an artist whom somebody listens to"),
    ],
)
def test_bad_friends_and_tags_are_told_by_their_line(tmp_path, name, content, message):
    write_people(tmp_path / "people")
    (tmp_path / f"people/{name}.csv").write_text(content)
    with pytest.raises(InputError, match=message):
        build(tmp_path / "people", f"--{name}={tmp_path}/people/{name}.csv")


def test_one_history_is_that_of_me_whatever_its_file_is_called(tmp_path):
    path = tmp_path / "listenbrainz_annsaccount.zip"
    path.write_bytes(made.zipped({"listens/2020/9.jsonl": made.listenbrainz(made.PLAYS)}))
    assert by_name(build(path)) == {("me", artist): count for artist, count in made.COUNTS.items()}


def test_a_dump_has_the_people_of_its_numbers(tmp_path):
    content = made.listenbrainz(made.PLAYS, user_id=7) + made.listenbrainz(made.PLAYS[:2], user_id=12)
    (tmp_path / "1.listens").write_bytes(content)
    counts = {("7", artist): count for artist, count in made.COUNTS.items()}
    assert by_name(build(tmp_path / "1.listens")) == counts | {("12", "Sigur Rós"): 2}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("Streaming_History_Audio_1.json", b"", r"a part of one person's export; put the parts into a folder"),
        ("ann.csv", b"Muse,3\n", r"'ann' is no name, or that of another file, too; rename it"),
        ("dave.json", b'[{"a": 1}]', r"dave.json: no listening history; give one of Spotify"),
        ("dave.csv", b"Muse\n", r"dave.csv, line 1: 'Muse' is not an artist and a count"),
        (
            "dave.csv",
            b"Muse,2147483647\nBlur,1\nMuse,1\n",
            r"dave: the counts of Muse add up to more than 2147483647",
        ),
        ("d\udcf6ve.csv", b"Muse,1\n", r"people are called by their files, and 'd\\udcf6ve' is no name"),
    ],
)
def test_a_folder_that_has_something_else_is_told(tmp_path, name, content, message):
    write_people(tmp_path / "friends")
    (tmp_path / "friends" / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        build(tmp_path / "friends")
