"""Recommendations by hand: to users, to somebody with plays of their own, of friends; their answers to nonsense."""

import io
import json
import shutil

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz, process

import history_files
import recommend_friends
from lastfm_gnn.core.files import write_json
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.ranking.graph_filter import FilterSettings, GraphFilter
from lastfm_gnn.recommend.artists import highest
from lastfm_gnn.recommend.names import ALIKE, AlikeNames, ArtistNames, Match


@pytest.fixture(scope="module")
def listens():
    random = np.random.default_rng(0)
    return sp.random_array((30, 50), density=0.2, rng=random, data_sampler=lambda size: random.integers(1, 99, size))


@pytest.mark.parametrize("friends", [0, 0.3])
def test_shares_add_up_to_the_score_and_a_score_is_its_users_own(listens, friends):
    graph = GraphFilter(listens.tocsr().astype(np.float32), FilterSettings(8, 3, 0.25, 0.1, friends))
    random = np.random.default_rng(1)
    friendships = sp.csr_array((random.random((30, 30)) < 0.1).astype(np.float32))
    scores = graph.scores(graph.weights, friendships)
    for user in range(30):
        one = graph.weights[[user]], friendships[[user]]
        np.testing.assert_allclose(graph.scores(*one)[0], scores[user], atol=1e-5)
        own, of_friends = graph.shares(*one, np.arange(50))
        assert own.shape == (one[0].nnz, 50) and of_friends.shape == (one[1].nnz, 50)
        np.testing.assert_allclose(own.sum(0) + of_friends.sum(0), scores[user], atol=1e-4)


def test_filter_by_hand():
    """Two users who share an artist: what one alone listens to reaches the other through it, and nobody else."""
    listens = sp.csr_array(np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1]], dtype=np.float32))
    graph = GraphFilter(listens, FilterSettings(cut=3, order=1, damping=0, popularity=0, friends=0))
    scores = graph.scores(graph.weights, None)
    assert scores[0, 2] > 0 and scores[0, 3] == pytest.approx(0, abs=1e-6)
    own, _ = graph.shares(graph.weights[[0]], None, np.array([2]))
    assert abs(own[1, 0]) > 0  # the shared artist


def test_equal_scores_are_in_the_order_of_the_artists_numbers():
    assert highest(np.array([1, 3, 2, 3, 2, -np.inf, 2]), 4).tolist() == [1, 3, 2, 4]
    assert highest(np.zeros(5), 5).tolist() == [0, 1, 2, 3, 4]


def test_user_is_recommended_what_the_rule_finds(ask, tiny_tables, tiny_champion, tmp_path):
    ask("--output", tmp_path / "all.parquet", "--top", 5)
    of_all = tables.read(tmp_path / "all.parquet", tables.RECOMMENDED_ARTISTS)
    user = int(of_all.user_id.max())
    rows = json.loads(ask("--user", user, "--top", 5, "--format", "json").out)
    expected = of_all[of_all.user_id == user]
    assert [row["artist_id"] for row in rows] == expected.artist_id.tolist()
    np.testing.assert_allclose([row["predicted_liking"] for row in rows], expected.predicted_liking, atol=1e-5)
    listens = pd.read_parquet(tiny_tables / "listens.parquet")
    own = set(listens.artist_id[listens.user_id == user])
    for row in rows:
        assert row["artist_id"] not in own and {one["artist_id"] for one in row["listens"]} <= own
        shares = [one["share"] for one in row["listens"]]
        assert shares == sorted(shares, reverse=True)
    as_csv = pd.read_csv(io.StringIO(ask("--user", user, "--top", 5, "--format", "csv").out))
    assert as_csv.artist_id.tolist() == expected.artist_id.tolist()
    assert rows[0]["artist"] in ask("--user", user, "--top", 1).out


def test_user_of_own_listens_is_known_by_name(ask, tiny_tables, tmp_path):
    tables_folder = shutil.copytree(tiny_tables, tmp_path / "tables")
    users = pd.read_parquet(tiny_tables / "users.parquet").user_id
    names = pd.DataFrame({"user_id": users, "name": [f"user {one}" for one in users]})
    tables.write(tables_folder / "user_names.parquet", names, tables.USER_NAMES, "generated")
    by_name = ask("--tables", tables_folder, "--user", f"user {users[0]}").out
    assert by_name == ask("--user", users[0]).out
    with pytest.raises(InputError, match=rf"--user ann: none of 30 names in .*, such as user {users[0]}"):
        ask("--tables", tables_folder, "--user", "ann")


def test_everybody_has_all_that_they_do_not_listen_to(ask, tiny_tables, tmp_path):
    own = shutil.copytree(tiny_tables, tmp_path / "tables")
    rows = tables.read(own / "listens.parquet", tables.LISTENS)
    tables.write(own / "listens.parquet", rows[5:], tables.LISTENS, "generated")  # the first user listens to fewer
    ask("--tables", own, "--output", tmp_path / "all.parquet", "--top", 1000)
    recommended = tables.read(tmp_path / "all.parquet", tables.RECOMMENDED_ARTISTS)
    listens = rows[5:].groupby("user_id").size()
    artists = len(pd.read_parquet(tiny_tables / "artists.parquet"))
    pd.testing.assert_series_equal(recommended.groupby("user_id").size(), artists - listens, check_names=False)
    assert np.isfinite(recommended.score).all() and len(listens.unique()) > 1
    shares = recommended.listens.map(lambda reasons: sum(one["share"] for one in reasons))
    shares += recommended.friends.map(lambda reasons: sum(one["share"] for one in reasons))
    assert shares.max() <= 1 + 1e-6 and (shares[recommended["rank"] == 1] > 0).all()


def test_plays_are_those_of_one_more_user(ask, tiny_tables, tiny_champion, tmp_path):
    """Whoever plays just what a user does is recommended nearly what they are."""
    listens = pd.read_parquet(tiny_tables / "listens.parquet").merge(
        pd.read_parquet(tiny_tables / "artists.parquet")[["artist_id", "name"]]
    )
    user = int(listens.user_id.iloc[0])
    own = listens[listens.user_id == user]
    own[["name", "count"]].to_csv(tmp_path / "plays.csv", index=False, header=["artist", "count"])
    rows = json.loads(ask("--plays", tmp_path / "plays.csv", "--top", 5, "--format", "json").out)
    assert not {row["artist"] for row in rows} & set(own.name)
    assert all(0 < row["predicted_liking"] < 1.5 and row["friends"] == [] for row in rows)
    # the filter is enough for all but the predicted liking
    by_filter = ("--filter-run", tiny_champion.filter_run, "--champion", "nowhere")
    without = ask("--plays", tmp_path / "plays.csv", "--top", 5, "--format", "json", *by_filter)
    assert json.loads(without.out) == [{k: v for k, v in row.items() if k != "predicted_liking"} for row in rows]
    theirs = json.loads(ask("--user", user, "--top", 15, "--format", "json").out)
    assert len({row["artist_id"] for row in rows} & {row["artist_id"] for row in theirs}) >= 3


def test_names_are_found_by_what_is_meant():
    artists = pd.DataFrame(
        {
            "number": range(6),
            "name": ["Björk", "The Beatles", "Simon & Garfunkel", "AC/DC", "Bread", "BREAD!"],
            "listeners": [5, 9, 3, 4, 1, 2],
        }
    )
    artists["mbid"] = ""
    known = ArtistNames(artists)
    assert known.find(["BREAD!", "Bread"], {}) == {"BREAD!": Match(5, "name"), "Bread": Match(4, "name")}
    names = ["bjork", "Beatles", "Beetles", "Simon and Garfunkel", "ac dc", "bread", "Breed", "Nobody", "!!!"]
    matches = known.find(names, {})
    assert [matches[name].number for name in names] == [0, 1, 1, 2, 3, 5, None, None, None]
    assert [matches[name].by for name in names] == [*["spelling"] * 2, "likeness", *["spelling"] * 3, "", "", ""]


def test_short_names_are_not_guessed():
    alike = AlikeNames(["edan", "hakim", "pond", "afi", "abcde", "eagles", "mogwai"])
    for name in ("dan", "haim", "pon", "kafi", "abcdef", "eagle", "edann"):
        assert alike.nearest(name) is None
    assert alike.nearest("eagless") == "eagles" and alike.nearest("mogwaii") == "mogwai"


def test_an_id_says_who_is_meant_before_a_name_does():
    artists = pd.DataFrame({"number": [0, 1, 2], "name": ["Nirvana", "Nirvana (UK)", "Muse"], "listeners": [9, 1, 1]})
    artists["mbid"] = ["us", "uk", ""]
    mbids = {"Nirvana": "uk", "nirvana": "xx", "Muse": "muse"}
    matches = ArtistNames(artists).find(["Nirvana", "nirvana", "Muse"], mbids)
    assert matches == {"Nirvana": Match(1, "mbid"), "nirvana": Match(0, "spelling"), "Muse": Match(2, "name")}


@given(
    names=st.lists(st.text("abc ", min_size=1, max_size=14), max_size=8, unique=True),
    edits=st.lists(st.tuples(st.integers(0, 14), st.text("abc", max_size=1)), max_size=3),
)
def test_the_most_alike_are_found_without_comparing_all(names, edits):
    alike = AlikeNames(names)
    for name in names:
        for place, letter in edits:
            name = name[:place] + letter + name[place + 1 - len(letter) :]
        long = [one for one in names if len(one) >= 6 <= len(name)]
        match = process.extractOne(name, long, scorer=fuzz.ratio, score_cutoff=ALIKE)
        assert alike.nearest(name) == (match[0] if match else None)


def test_a_history_is_taken_as_plays_and_what_each_is_taken_for_can_be_looked_at(ask, tiny_tables, tmp_path):
    artists = pd.read_parquet(tiny_tables / "artists.parquet").name.tolist()
    played = [artists[0], artists[1].upper(), "nobody knows them"]
    plays = [(name, f"{n}", 1_600_000_000 + 60 * n, 60_000, "") for n in range(9) for name in played[: 3 - n % 3]]
    (tmp_path / "of any name").write_bytes(history_files.spotify_extended(plays))
    (tmp_path / "more.csv").write_text(f'"{artists[2]}",4\n')
    given = ("--plays", tmp_path / "of any name", tmp_path / "more.csv", "--matches", tmp_path / "m.csv")
    said = ask(*given, "--top", 3, "--format", "json")
    assert len(json.loads(said.out)) == 3
    assert "read 1 file: 18 plays of 3 artists" in said.err and "not found: nobody knows them" in said.err
    matches = pd.read_csv(tmp_path / "m.csv").fillna("")
    assert matches.to_numpy().tolist() == [
        [artists[0], "", 9, *id_of(tiny_tables, artists[0]), "name"],
        [artists[1].upper(), "", 6, *id_of(tiny_tables, artists[1]), "spelling"],
        [artists[2], "", 4, *id_of(tiny_tables, artists[2]), "name"],
        ["nobody knows them", "", 3, "", "", ""],
    ]


def test_ids_of_own_listens_say_who_is_meant(ask, tiny_tables, tmp_path):
    folder = tmp_path / "tables"
    shutil.copytree(tiny_tables, folder)
    artists = tables.read(folder / "artists.parquet", tables.ARTISTS)
    known = pd.DataFrame({"artist_id": artists.artist_id[3:4].to_numpy(), "mbid": [history_files.ROS]})
    tables.write(folder / "artist_mbids.parquet", known, tables.ARTIST_MBIDS, "generated")
    (tmp_path / "1.jsonl").write_bytes(history_files.listenbrainz(history_files.PLAYS))
    ask("--plays", tmp_path / "1.jsonl", "--tables", folder, "--matches", tmp_path / "m.csv")
    matches = pd.read_csv(tmp_path / "m.csv").fillna("").set_index("name")
    assert matches.artist.to_dict() == {"Sigur Rós": artists.name[3], "Muse": "", "Tyler, The Creator; Kali": ""}
    assert matches.by["Sigur Rós"] == "mbid" and matches.mbid["Muse"] == history_files.MUSE


def id_of(folder, name):
    artists = pd.read_parquet(folder / "artists.parquet").set_index("name")
    return int(artists.artist_id[name]), name


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"no plays in it"),
        (b"artist,count\n", r"no plays in it"),
        (b"Name,plays\n", r"no plays in it"),
        (b"plays,name\n", r"line 1: count is 'name', not a whole number"),
        (b"Muse\n", r"plays.csv, line 1: 'Muse' is not an artist and a count"),
        (b"Muse,12\nMuse,1.5\n", r"line 2: count is '1.5', not a whole number"),
        (b"Muse,0\n", r"line 1: count is 0, outside 1 to 2147483647"),
        (b",3\n", r"line 1: ',3' is not"),
        (b"Bj\xf6rk,3\n", r"line 1: not UTF-8; save the file as CSV in UTF-8"),
        (b'"Muse\n",3\nBlur\n', r"line 3: 'Blur' is not"),
        (b"Mu\x1bse,3\n", r"line 1: a control character"),
        (b'Blur,3\n"Muse,3\n', r"line 2: no CSV from here"),
        (b"no such band,3\n", r"none of its 1 artists is in the data"),
    ],
)
def test_plays_that_are_none_are_told(ask, tmp_path, content, message):
    (tmp_path / "plays.csv").write_bytes(content)
    with pytest.raises(InputError, match=message):
        ask("--plays", tmp_path / "plays.csv")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--plays", "nowhere.csv"], r"nowhere.csv: no such file"),
        (["--user", "2", "--matches", "m.csv"], r"--matches: says what --plays are taken for; give both, or neither"),
        (
            ["--output", "o", "--filter-run", "f"],
            r"--output: has the predicted liking; give --champion, and no --fil",
        ),
        (["--user", "0"], r"--user 0: not in the data, whose 30 users are \d+ to \d+"),
        (["--user", "ann"], r"--user ann: users are known by their ids"),
        (["--user", "2", "--top", "0"], r"--top 0: ask for 1 to \d+ artists"),
        (["--user", "2", "--top", "1000000"], r"--top 1000000: ask for 1 to \d+ artists"),
        (["--user", "2", "--champion", "nowhere"], r"nowhere: no model was trained and chosen yet; run snakemake"),
        (["--user", "2", "--tables", "nowhere"], r"nowhere/users.parquet: no such file"),
    ],
)
def test_nonsense_is_told(ask, options, message):
    with pytest.raises(InputError, match=message) as raised:
        ask(*options)
    assert "\n" not in str(raised.value)


@pytest.fixture(scope="module")
def friends(tiny_tables, tmp_path_factory):
    """Folder of the tiny friendship graph's recommendations."""
    folder = tmp_path_factory.mktemp("friends")
    for model, mrr in {"adamic_adar": 0.3, "common_neighbours": 0.2}.items():
        identity = {"protocol": "strict", "model": model, "variant": model, "seed": 0, "source": "generated"}
        record = {"identity": identity, "settings": {}, "valid": {"mrr": mrr}}
        write_json(folder / f"{model}/strict_0/run.json", record)
    runs = [str(path) for path in sorted(folder.glob("*/strict_0"))]
    given = [f"--users={tiny_tables}/users.parquet", f"--friendships={tiny_tables}/friends.parquet"]
    recommend_friends.main([*given, "--runs", *runs, "--top=5", f"--output={folder}/friends_hetrec.parquet"])
    return folder


def test_friends_in_common_carry_a_recommendation(friends, tiny_tables, capsys):
    recommended = tables.read(friends / "friends_hetrec.parquet", tables.RECOMMENDED_FRIENDS)
    pairs = pd.read_parquet(tiny_tables / "friends.parquet")
    of = pairs.groupby("user_id").friend_id.agg(set)
    for row in recommended.itertuples():
        assert row.friend_id not in of[row.user_id] and row.friend_id != row.user_id
        common = of[row.user_id] & of[row.friend_id]
        assert {one["user_id"] for one in row.common} <= common and len(row.common) == min(len(common), 5)
        assert row.score == pytest.approx(sum(1 / np.log(len(of[one])) for one in common))
    user = int(recommended.user_id[0])
    recommend_friends.main([f"--recommendations={friends}", f"--user={user}", "--top=1"])
    assert f"user {recommended.common[0][0]['user_id']}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--user=-1"], r"--user -1: nobody was found; \d+ users, \d+ to \d+, have friends of friends"),
        (["--user=2", "--graph=asia"], r"friends_asia.parquet: no model was trained yet; run snakemake --cores all"),
        (["--user=2", "--top=0"], r"--top 0: ask for 1 to \d+, so many were found for user 2"),
        (["--user=2", "--top=1000000"], r"--top 1000000: ask for 1 to \d+, so many were found"),
    ],
)
def test_nonsense_about_friends_is_told(friends, options, message):
    with pytest.raises(InputError, match=message):
        recommend_friends.main([f"--recommendations={friends}", *options])
