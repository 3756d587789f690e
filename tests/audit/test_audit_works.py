"""Both published works' splits, and ours."""

import pandas as pd
import pytest

import build_tables
import generate_dataset
import make_friend_splits
import make_ranking_splits
import make_splits
from auditing import audit, checks, of_check, parted, run


def of_folder(folder, *options, valid=True):
    parts = ("train", "valid", "test") if valid else ("train", "test")
    status, content = run(*(f"--{part}={folder}/{part}.parquet" for part in parts), *options)
    return status, content["findings"]


@pytest.fixture(scope="module")
def small_tables(tmp_path_factory):
    """Tables of 150 users: of those, some have both directions of their largest score in test."""
    raw, folder = tmp_path_factory.mktemp("raw"), tmp_path_factory.mktemp("tables")
    generate_dataset.main(["--users=150", "--artists=300", "--listens=3000", f"--output-folder={raw}"])
    build_tables.main([f"--raw={raw}", "--source=generated", f"--output-folder={folder}"])
    return folder


@pytest.mark.parametrize("valid", [True, False])
def test_the_first_works_split(small_tables, tmp_path, valid):
    """Reversed twins with the same score, the normaliser, and test scores among the messages."""
    listens = f"--listens={small_tables}/listens.parquet"
    make_splits.main([listens, "--protocol=published", "--seed=42", f"--output-folder={tmp_path}"])
    parts = [pd.read_parquet(tmp_path / f"{part}.parquet") for part in ("train", "valid", "test")]
    pd.concat(parts).to_parquet(tmp_path / "messages.parquet")
    status, report = of_folder(tmp_path, f"--messages={tmp_path}/messages.parquet", valid=valid)
    assert (status, checks(report, "leak")) == (3, ["messages", "normaliser", "reversed_twin"])
    test = next(one for one in of_check(report, "reversed_twin") if one["text"].split()[3] == "test")
    assert 0.7 < test["count"] / test["of"] < 0.9 and f"{test['count']} of them with the same liking" in test["text"]
    assert {one["count"] / one["of"] for one in of_check(report, "messages")} == {1.0}


def test_the_first_works_edges_as_its_code_has_them(tiny_listens):
    """Nodes of one set, the artists' ids after the users': a permutation of the directed edges."""
    ends = pd.DataFrame(
        {"source": tiny_listens.user_id, "target": 2100 + tiny_listens.artist_id, "weight": tiny_listens.liking}
    )
    edges = pd.concat([ends, ends.rename(columns={"source": "target", "target": "source"})])
    _, report = audit(**parted(edges, 42))
    assert "reversed_twin" in checks(report, "leak")


def test_our_liking_splits(small_tables, tmp_path):
    """By pair: none. The paper's target, divided by the largest of all listens, is a leak in any split."""
    shared = [f"--listens={small_tables}/listens.parquet", "--protocol=strict", "--seed=0"]
    make_splits.main([*shared, f"--output-folder={tmp_path}/all"])
    make_splits.main([*shared, "--normaliser=train", f"--output-folder={tmp_path}/train"])
    status, report = of_folder(tmp_path / "train", f"--messages={tmp_path}/train/train.parquet")
    assert status == 0 and not checks(report, "leak")
    status, report = of_folder(tmp_path / "all", f"--messages={tmp_path}/all/train.parquet")
    assert (status, checks(report, "leak")) == (3, ["normaliser"])
    status, report = of_folder(tmp_path / "all", "--accept=normaliser")
    assert (status, checks(report, "accepted")) == (0, ["normaliser"])


def test_our_ranking_and_friends_splits(tiny_tables, asia_tables, tmp_path):
    make_ranking_splits.main(
        [f"--listens={tiny_tables}/listens.parquet", "--seed=0", f"--output-folder={tmp_path}/ranking"]
    )
    for name, tables, friends in (("hetrec", tiny_tables, "friends"), ("asia", asia_tables, "friendships")):
        shared = [f"--users={tables}/users.parquet", f"--friendships={tables}/{friends}.parquet", "--seed=0"]
        make_friend_splits.main([*shared, f"--output-folder={tmp_path}/{name}"])
    for name in ("ranking", "hetrec", "asia"):
        status, report = of_folder(tmp_path / name, f"--messages={tmp_path}/{name}/train.parquet")
        assert status == 0 and not checks(report, "leak"), name


@pytest.mark.parametrize("fold", ["fold_0", "fold_4", "single"])
def test_the_second_works_folds_and_ours(asia_tables, tmp_path, fold):
    """The same folds; the notebooks read friendships one way, by id, and have the labels of artists as features."""
    edges = pd.read_parquet(asia_tables / "friendships.parquet")
    edges.to_parquet(tmp_path / "published.parquet")
    back = edges.rename(columns={"user_id": "friend_id", "friend_id": "user_id"})
    pd.concat([edges, back]).to_parquet(tmp_path / "ours.parquet")
    status, report = of_folder(asia_tables / "region" / fold, f"--edges={tmp_path}/published.parquet")
    assert (status, checks(report, "leak")) == (3, ["one_way"])
    (finding,) = of_check(report, "one_way")
    test = set(pd.read_parquet(asia_tables / "region" / fold / "test.parquet").user_id)
    assert finding["count"] == len(test - set(edges.friend_id))
    status, report = of_folder(asia_tables / "region" / fold, f"--edges={tmp_path}/ours.parquet")
    assert (status, checks(report, "note")) == (0, ["transductive"])

    artists, likes = asia_tables / "artists" / fold, pd.read_parquet(asia_tables / "likes.parquet")
    status, report = of_folder(artists, f"--messages={asia_tables}/likes.parquet")
    assert (status, checks(report, "leak")) == (3, ["messages"])
    train = pd.read_parquet(artists / "train.parquet").user_id
    likes[likes.user_id.isin(train)].to_parquet(tmp_path / "ours.parquet")
    status, report = of_folder(artists, f"--messages={tmp_path}/ours.parquet")
    assert (status, of_check(report, "messages")) == (0, [])
    # published masking: the lists of a tenth of train are hidden from the model at test, too
    likes[likes.user_id.isin(train[: len(train) * 9 // 10])].to_parquet(tmp_path / "masked.parquet")
    status, report = of_folder(artists, f"--messages={tmp_path}/masked.parquet")
    assert (status, [one["severity"] for one in of_check(report, "messages")]) == (0, ["note"])
    assert "training rows" in of_check(report, "messages")[0]["text"]
