import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import make_splits
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.liking.splits import PARTS, published_split, strict_split


@st.composite
def listens(draw):
    pairs = draw(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=10, max_size=300, unique=True))
    frame = pd.DataFrame(pairs, columns=["user_id", "artist_id"])
    return frame.assign(liking=np.linspace(0, 1, len(frame)))


def keys(frame):
    return list(
        frame[[name for name in ("user_id", "artist_id", "direction") if name in frame]].itertuples(index=False)
    )


@settings(max_examples=60)
@given(listens(), st.integers(0, 2**32))
def test_splits_cover_are_disjoint_and_8_1_1(frame, seed):
    for split, directions in ((strict_split, 1), (published_split, 2)):
        parts = split(frame, seed)
        assert tuple(parts) == PARTS
        pairs = [key for part in parts.values() for key in keys(part)]
        assert len(pairs) == len(set(pairs)) == directions * len(frame)
        sizes = np.array([len(part) for part in parts.values()]) / (directions * len(frame))
        assert np.abs(sizes - [0.8, 0.1, 0.1]).max() <= 2 / (directions * len(frame))
        # every row keeps its score
        scores = pd.concat(parts.values()).merge(frame, on=["user_id", "artist_id"])
        assert (scores.liking_x == scores.liking_y).all()


@settings(max_examples=60)
@given(listens(), st.integers(0, 2**32))
def test_strict_pairs_are_in_one_part_whichever_way_they_are_read(frame, seed):
    parts = strict_split(frame, seed)
    train = set(parts["train"][["user_id", "artist_id"]].itertuples(index=False, name=None))
    for part in ("valid", "test"):
        assert not train & set(parts[part][["user_id", "artist_id"]].itertuples(index=False, name=None))


def test_strict_seed_as_defined():
    frame = pd.DataFrame({"user_id": range(25), "artist_id": range(100, 125), "liking": np.linspace(0, 1, 25)})
    order = np.random.default_rng(3).permutation(25)
    parts = strict_split(frame, 3)
    assert parts["train"].user_id.tolist() == order[:20].tolist()
    assert parts["valid"].user_id.tolist() == order[20:22].tolist()
    assert parts["test"].user_id.tolist() == order[22:].tolist()


def test_published_split_leaks_as_the_authors_does():
    """About four fifths of the test edges have their reversed twin in train."""
    rows = np.arange(5000)
    frame = pd.DataFrame({"user_id": rows // 50, "artist_id": rows, "liking": rows / 5000})
    parts = published_split(frame, 42)
    train = set(parts["train"].artist_id)
    assert 0.77 < np.mean([artist in train for artist in parts["test"].artist_id]) < 0.83


def test_too_few_listens(tiny_listens, tmp_path):
    tables.write(tmp_path / "listens.parquet", tiny_listens.head(4), tables.LISTENS, "generated")
    with pytest.raises(InputError, match=r"4 listens leave \['valid'\] empty"):
        make_splits.main(
            [
                f"--listens={tmp_path}/listens.parquet",
                "--protocol=strict",
                "--seed=0",
                f"--output-folder={tmp_path}/s",
            ]
        )
