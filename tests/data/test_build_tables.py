import numpy as np
import pandas as pd
import pytest

from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.data.liking_scores import liking_scores


def test_liking_by_hand():
    # user 5: counts 100, 10, 1; user 7: e² and e⁴ nearly; user 9 has only counts of 1: 0 / 0 scores 1
    user = np.array([5, 7, 5, 5, 9, 9, 7])
    count = np.array([100, 20, 10, 1, 1, 1, 400])
    expected = [1, np.log(20) / np.log(400), 0.5, 0, 1, 1, 1]
    assert np.allclose(liking_scores(user, count, "ln"), expected)
    expected = [1, np.log(21) / np.log(401), np.log(11) / np.log(101), np.log(2) / np.log(101), 1, 1, 1]
    assert np.allclose(liking_scores(user, count, "log1p"), expected)


def test_tables_have_the_declared_schema(tiny_tables):
    for path in tiny_tables.glob("*.parquet"):
        schema = getattr(tables, path.stem.upper())
        assert not tables.read(path, schema).empty
    assert len(list(tiny_tables.glob("*.parquet"))) == 6


def test_listens_keep_the_raw_files_order(tiny_raw, tiny_listens):
    raw = pd.read_csv(tiny_raw / "user_artists.dat", sep="\t")
    assert (raw.to_numpy() == tiny_listens[["user_id", "artist_id", "count"]].to_numpy()).all()


def test_read_tells_cut_files_and_other_columns(tiny_tables, tmp_path):
    whole = (tiny_tables / "listens.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"cut.parquet: not a readable Parquet file .* delete it and run again"):
        tables.read(tmp_path / "cut.parquet", tables.LISTENS)
    with pytest.raises(InputError, match=r"listens.parquet: columns .* not \['user_id', 'friend_id'\]"):
        tables.read(tiny_tables / "listens.parquet", tables.FRIENDS)


def test_write_leaves_nothing_behind_when_it_fails(tmp_path):
    frame = pd.DataFrame({"user_id": [1], "friend_id": ["x"]})
    with pytest.raises(ValueError):
        tables.write(tmp_path / "friends.parquet", frame, tables.FRIENDS, "generated")
    assert list(tmp_path.iterdir()) == []
