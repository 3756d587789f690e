"""Other lists that can be asked for: of rarer artists, and of artists who are less alike."""

import io
import json
from itertools import combinations

import numpy as np
import pandas as pd
import pytest


@pytest.mark.parametrize("tilt", [-0.4, 0.8])
def test_a_tilt_multiplies_by_a_power_of_listeners(ask, tiny_tables, tilt):
    listens = pd.read_parquet(tiny_tables / "listens.parquet")
    user = int(listens.user_id.iloc[0])
    others = len(pd.read_parquet(tiny_tables / "artists.parquet")) - int((listens.user_id == user).sum())
    whole = ("--user", user, "--top", others, "--format", "json")
    plain = pd.DataFrame(json.loads(ask(*whole).out)).set_index("artist_id").score
    tilted = pd.DataFrame(json.loads(ask(*whole, "--tilt", tilt).out)).set_index("artist_id").score
    listeners = listens.artist_id.value_counts().reindex(plain.index, fill_value=1)
    expected = (plain * listeners.astype(float) ** tilt)[tilted.index]
    np.testing.assert_allclose(tilted, expected, rtol=1e-4, atol=1e-6)
    assert tilted.is_monotonic_decreasing and tilted.index.tolist() != plain.index.tolist()
    assert json.loads(ask(*whole, "--tilt", 0).out) == json.loads(ask(*whole).out)


@pytest.mark.parametrize("option", ["--tilt=1", "--tilt=nan", "--variety=-0.1", "--variety=much"])
def test_a_strength_that_is_none_is_told(ask, option, capsys):
    with pytest.raises(SystemExit):
        ask("--user", 2, option)
    name, value = option.split("=")
    assert f"argument {name}: {value!r} is not a number from" in capsys.readouterr().err


def test_variety_orders_the_same_artists_so_that_neighbours_are_less_alike(ask, tiny_tables):
    listens = pd.read_parquet(tiny_tables / "listens.parquet")
    user = int(listens.user_id.iloc[0])
    plain, mixed = (
        pd.DataFrame(json.loads(ask("--user", user, "--top", 20, "--format", "json", "--variety", strength).out))
        for strength in (0, 0.8)
    )
    of = listens.groupby("artist_id").user_id.agg(set)

    def alike(ids):
        return np.mean([len(of[a] & of[b]) / np.sqrt(len(of[a]) * len(of[b])) for a, b in combinations(ids, 2)])

    assert mixed.artist_id[0] == plain.artist_id[0] and mixed["rank"].tolist() == list(range(1, 21))
    assert alike(mixed.artist_id) < alike(plain.artist_id)
    assert not set(mixed.artist_id) & set(listens.artist_id[listens.user_id == user])
    everything = ask(
        "--user", user, "--format", "csv", "--variety", 0.5, "--top", 60 - (listens.user_id == user).sum()
    )
    assert pd.read_csv(io.StringIO(everything.out)).artist_id.is_unique
