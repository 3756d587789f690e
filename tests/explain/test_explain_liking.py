"""What carries a predicted liking: each effect is compared with a prediction of the model without that score."""

import numpy as np
import pandas as pd
import pytest

import explain_liking
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.data.listens import Pairs
from lastfm_gnn.explain.liking import ExplainedLiking
from lastfm_gnn.recommend.artists import Recommender, user_names
from lastfm_gnn.recommend.champion import Champion


@pytest.fixture(scope="module")
def recommender(tiny_tables, tiny_champion):
    return Recommender.load(tiny_tables, Champion(tiny_champion.folder, tiny_tables))


@pytest.fixture
def explain(tiny_tables, tiny_champion, tmp_path):
    """explain_liking by hand; the folder that it writes."""

    def called(*options):
        few = ["--neighbours=2", "--draws=2", "--sizes", "1", "3"]
        places = [
            f"--tables={tiny_tables}",
            f"--champion={tiny_champion.folder}",
            f"--output-folder={tmp_path}/explained",
        ]
        explain_liking.main([*few, *places, *map(str, options)])
        return tmp_path / "explained"

    return called


def test_an_effect_is_what_the_champion_predicts_without_that_score(recommender, explain):
    liking = recommender.liking
    user, artist = int(liking.user[0]), int(liking.artist[0])  # a pair whose own score must stay hidden
    user_id, artist_id = recommender.user_id[user], recommender.artist_id[artist]

    def predicted(shown):
        fitted = recommender.champion.with_known_scores(
            *recommender.plays.shape, liking.take(shown), recommender.side
        )
        return fitted.predict(Pairs(np.array([user]), np.array([artist])))[0]

    other = (liking.user != user) | (liking.artist != artist)
    folder = explain("--user", user_id, "--artist", artist_id)
    parts = pd.read_csv(folder / "liking.csv")
    assert parts.score[0] == pytest.approx(predicted(other), abs=1e-5)
    assert parts.importance.is_monotonic_decreasing and (parts.effect.abs() - parts.importance).abs().max() < 1e-9
    listens, listeners = (parts[parts.part_type == part_type] for part_type in ("listen", "listener"))
    assert len(listens) == ((liking.user == user) & other).sum() and len(listeners) == 2
    name = parts[parts.part_type == "listen"].part.iloc[0]
    gone = np.flatnonzero((liking.user == user) & other)
    gone = [one for one in gone if name.startswith(f"{recommender.names[liking.artist[one]]} (")]
    assert len(gone) == 1
    effect = predicted(other) - predicted(other & (np.arange(len(liking)) != gone[0]))
    assert listens.effect.iloc[0] == pytest.approx(effect, abs=1e-5)
    fidelity = pd.read_csv(folder / "liking_fidelity.csv")
    first = fidelity[(fidelity.measure == "necessity") & (fidelity["size"] == 1)].named.item()
    assert first == pytest.approx(parts.effect.max(), abs=1e-5)  # what speaks for it most
    assert not fidelity.beats_random.any()  # two draws cannot tell
    assert (folder / "liking.png").stat().st_size > 10_000


def test_neighbours_are_listeners_with_most_in_common(recommender):
    liking = recommender.liking
    user, artist = int(liking.user[0]), int(np.bincount(liking.artist).argmax())
    explained = ExplainedLiking(recommender.champion, recommender, user, artist, neighbours=5)
    known = explained.known
    of = [set(known.artist[known.user == one]) for one in range(len(recommender.user_id))]
    near = {one: len(of[one] & of[user]) / len(of[one]) ** 0.5 for one in known.user[known.artist == artist].tolist()}
    chosen = known.user[explained.listeners].tolist()
    assert set(known.artist[explained.listeners]) == {artist} and user not in chosen and len(chosen) == 5
    assert [near[one] for one in chosen] == pytest.approx(sorted(near.values(), reverse=True)[:5])
    friends = set(recommender.side.friends[[user]].indices)
    assert [name.startswith("friend") for name in explained.names(recommender.user_id)[-5:]] == [
        one in friends for one in chosen
    ]


def test_listeners_of_own_listens_are_called_by_their_names(recommender, tmp_path):
    users = recommender.user_id
    names = pd.DataFrame({"user_id": users[::-1], "name": [f"ann {one}" for one in users[::-1]]})
    tables.write(tmp_path / "user_names.parquet", names, tables.USER_NAMES, "generated")
    assert user_names(tmp_path, users).tolist() == [f"ann {one}" for one in users]
    explained = ExplainedLiking(
        recommender.champion, recommender, 0, int(np.bincount(recommender.liking.artist).argmax()), neighbours=1
    )
    by_id, by_name = (explained.names(user_names(folder, users))[-1] for folder in (tmp_path / "none", tmp_path))
    assert by_name.split(" ann ") == by_id.split(" ", 1)


def test_without_any_score_next_to_it_there_is_still_a_prediction(recommender):
    liking = recommender.liking
    user, artist = int(liking.user[0]), int(liking.artist[0])
    explained = ExplainedLiking(recommender.champion, recommender, user, artist, neighbours=1000)
    nothing = np.zeros(len(explained.names(recommender.user_id)), dtype=bool)
    assert np.isfinite(explained.predicted(nothing))


def test_first_recommended_is_explained_unless_another_is_named(recommender, explain, tmp_path):
    user_id, best = recommender.user_id[0], recommender.artist_id[3]
    row = {"user_id": user_id, "rank": 1, "artist_id": best, "artist": "x", "score": 1, "predicted_liking": 0.5}
    recommended = pd.DataFrame([row | {"listens": [], "friends": []}])
    tables.write(tmp_path / "artists.parquet", recommended, tables.RECOMMENDED_ARTISTS, "generated")
    folder = explain("--user", user_id, "--recommendations", tmp_path / "artists.parquet")
    assert pd.read_csv(folder / "liking.csv").prediction[0] == recommender.names[3]
    with pytest.raises(InputError, match=r"nothing for user \d+; say which --artist"):
        explain("--user", recommender.user_id[1], "--recommendations", tmp_path / "artists.parquet")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--user", "0"], r"--user 0: not in the data, whose 30 users are \d+ to \d+"),
        (["--user", "2", "--artist", "-1"], r"--artist -1: not in the data; ids stand in .*artists.parquet"),
        (["--user", "2"], r"recommendations/artists.parquet: no such file; make it first"),
        (["--user", "2", "--champion", "nowhere"], r"nowhere: no model was trained and chosen yet; run snakemake"),
    ],
)
def test_nonsense_is_told(explain, options, message):
    with pytest.raises(InputError, match=message):
        explain(*options)


@pytest.mark.parametrize("option", ["--neighbours=0", "--sizes=0", "--draws=-1", "--draws=2.5"])
def test_what_is_no_count_is_told(explain, capsys, option):
    with pytest.raises(SystemExit):
        explain("--user", "2", option)
    assert "is not a whole number from 1" in capsys.readouterr().err


def test_a_liking_with_nothing_next_to_it_is_told(explain, recommender, monkeypatch):
    monkeypatch.setattr(ExplainedLiking, "names", lambda explained, users: [])
    with pytest.raises(InputError, match="no other listen"):
        explain("--user", recommender.user_id[0], "--artist", recommender.artist_id[0])
