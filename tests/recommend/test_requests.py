"""The recommender answers a program: through real pipes, in order, within bounds, and as the command line does."""

import io
import json
import subprocess
import sys

import pandas as pd
import pytest

import recommend_artists
from conftest import ROOT, environment
from lastfm_gnn.core.program import InputError
from lastfm_gnn.recommend.artists import Recommender
from lastfm_gnn.recommend.champion import Champion
from lastfm_gnn.recommend.requests import ARTISTS, BYTES, Answers, answers_of


@pytest.fixture(scope="module")
def folders(tiny_tables, tiny_champion):
    return [f"--tables={tiny_tables}", f"--champion={tiny_champion.folder}"]


@pytest.fixture(scope="module")
def answers(tiny_tables, tiny_champion):
    recommender = Recommender.load(tiny_tables, Champion(tiny_champion.folder, tiny_tables))
    return Answers(recommender, tiny_tables)


@pytest.fixture(scope="module")
def names(tiny_tables):
    return pd.read_parquet(tiny_tables / "artists.parquet").name.tolist()


def test_a_new_listen_changes_the_next_answer_and_a_bad_line_stops_nothing(folders, names):
    """One program, which is asked, read, and asked again."""
    first = {"plays": {names[0]: 12, names[1]: 3, "nobody at all": 5}, "top": 5}
    second = first | {"plays": first["plays"] | {names[2]: 400}}
    with subprocess.Popen(
        [sys.executable, "workflow/scripts/recommend/recommend_artists.py", "--requests", *folders],
        cwd=ROOT,
        env=environment(PYTHONIOENCODING="ascii"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as program:

        def ask(line: bytes) -> dict:
            program.stdin.write(line + b"\n")
            program.stdin.flush()
            return json.loads(program.stdout.readline())

        before = ask(json.dumps(first).encode())
        assert "no JSON" in ask(b"{")["error"]
        assert "a line of more than 1,048,576 bytes" in ask(b'{"plays": "' + b"x" * BYTES * 2)["error"]
        after = ask(json.dumps(second).encode())
        assert before["not_found"] == ["nobody at all"] and ask('{"user": "Björk"}'.encode())["error"]
        assert ask(json.dumps(first).encode()) == before
        program.stdin.close()
        assert program.wait(timeout=60) == 0 and program.stdout.read() == b""
    artists, later = ([row["artist"] for row in answer["recommended"]] for answer in (before, after))
    assert len(artists) == len(later) == 5 and artists != later and names[2] not in later
    assert any(names[2] in [one["artist"] for one in row["listens"]] for row in after["recommended"])


def test_answers_are_those_of_the_command_line(answers, folders, names, tiny_listens, tmp_path, capsys):
    def printed(*options):
        recommend_artists.main([*folders, *options, "--format=json"])
        rows = json.loads(capsys.readouterr().out)
        return [{key: value for key, value in row.items() if key != "predicted_liking"} for row in rows]

    misspelt = names[5].replace("generated", "genrated")
    plays = {names[3]: 7, names[4].upper(): 70, misspelt: 2}
    (tmp_path / "plays.csv").write_text("".join(f"{name},{count}\n" for name, count in plays.items()))
    expected = printed(f"--plays={tmp_path}/plays.csv", "--top=20")
    answer = answers.answer({"plays": plays, "top": 20})
    assert answer["recommended"] == expected and answer["taken_for"] == {misspelt: names[5]}
    for user in tiny_listens.user_id.unique()[:5].tolist():
        expected = printed(f"--user={user}")
        assert answers.answer({"user": user}) == {"recommended": expected} == answers.answer({"user": f"{user}"})
        assert len(expected) == 10
    assert any(row["friends"] for row in answers.answer({"user": 2})["recommended"])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"", "no JSON in UTF-8"),
        (b"\xff", "no JSON in UTF-8"),
        (b"[" * 10**5, "no JSON in UTF-8"),
        (b"[1]", "no JSON object; a request is one, such as"),
        (b'{"plyas": {"a": 1}}', "'plyas' is no field of a request; give plays or user, and top"),
        (b'{"top": 3}', "give plays, such as"),
        (b'{"plays": {"a": 1}, "user": 2}', "and not both"),
        (b'{"plays": ["a"]}', "plays are an object of 1 to 5,000 artists"),
        (b'{"plays": {}}', "plays are an object of 1 to 5,000 artists"),
        (b'{"plays": {"generated artist 3": -1}}', "the count of generated artist 3 is -1; give a whole number"),
        (b'{"plays": {"a": 1e999}}', "the count of a is inf; give a whole number from 1 to 2147483647"),
        (b'{"plays": {"a": NaN}}', "is nan; give a whole number"),
        (b'{"plays": {"a": 1.5}}', "is 1.5; give a whole number"),
        (b'{"plays": {"a": true}}', "is True; give a whole number"),
        (b'{"plays": {"a": "3"}}', "is '3'; give a whole number"),
        (b'{"plays": {" ": 1}}', "an artist is ' ': a name has 1 to 1,000 letters"),
        (b'{"plays": {"%s": 1}}' % (b"x" * 1001), "a name has 1 to 1,000 letters"),
        (b'{"plays": {"a\\u001b": 1}}', "no control characters"),
        (b'{"plays": {"\\ud800": 1}}', "no control characters"),
        (b'{"plays": {"no such band": 1}}', "none of these 1 artists is in the data: no such band"),
        (b'{"user": 2.5}', "user 2.5 is unknown: give an id"),
        (b'{"user": true}', "user True is unknown"),
        (b'{"user": 0}', "user 0: not in the data, whose 30 users are"),
        (b'{"user": -1}', "user -1: users are known by their ids alone"),
        (b'{"user": %s}' % (b"9" * 99), "not in the data"),
        (b'{"user": "ann"}', "user ann: users are known by their ids alone"),
        (b'{"user": 2, "top": 0}', "top is 0; give a whole number from 1 to"),
        (b'{"user": 2, "top": 2.5}', "top is 2.5; give a whole number from 1 to"),
        (b'{"user": 2, "top": 101}', "top is 101; give a whole number from 1 to"),
    ],
)
def test_what_is_no_request_is_told_in_its_place(answers, line, message):
    last = b'{"user": 2}'  # and a last line that nothing ends
    refused, answered = answers_of(io.BytesIO(line + b"\n" + last), answers)
    error = json.loads(refused)["error"]
    assert message in error and "\n" not in error and len(error) < 300
    assert json.loads(answered)["recommended"]


def test_a_line_may_have_just_so_many_bytes_and_artists(answers, names):
    request = json.dumps({"plays": {f"nobody {number}": 1 for number in range(ARTISTS - 1)} | {names[0]: 1}})
    for more, refused in ((BYTES - len(request), False), (BYTES - len(request) + 1, True)):
        lines = io.BytesIO(request.encode() + b" " * more + b"\n")
        [answer] = map(json.loads, answers_of(lines, answers))
        assert ("error" in answer) == refused
    with pytest.raises(InputError, match=r"1 to 5,000 artists"):
        answers.answer({"plays": {f"{number}": 1 for number in range(ARTISTS + 1)}})


def test_who_listens_to_everything_is_told(answers, names):
    with pytest.raises(InputError, match=r"nothing to recommend: all 60 artists are listened to"):
        answers.answer({"plays": dict.fromkeys(names, 1)})
    left = answers.answer({"plays": dict.fromkeys(names[:-3], 1)})["recommended"]
    assert sorted(row["artist"] for row in left) == sorted(names[-3:])


def test_the_top_of_requests_is_theirs(folders):
    with pytest.raises(InputError, match=r"--top: each of the --requests says its own"):
        recommend_artists.main([*folders, "--requests", "--top=3"])
