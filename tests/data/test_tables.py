"""Where the data of a table come from stands in its file and goes on into what is made from it."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables

ROWS = pd.DataFrame({"user_id": [1, 2]})


def put(folder, *sources):
    paths = [folder / f"{number}.parquet" for number in range(len(sources))]
    for path, source in zip(paths, sources, strict=True):
        tables.write(path, ROWS, tables.USERS, source)
    return paths


@pytest.mark.parametrize(
    ("sources", "source"),
    [
        (["official", "official"], "official"),
        (["own"], "own"),
        (["official", "partial", "official"], "partial"),
        (["generated", "generated"], "generated"),
    ],
)
def test_what_is_made_of_several_tables_is_of_the_least_official(tmp_path, sources, source):
    paths = put(tmp_path, *sources)
    assert tables.source_of(*paths) == source
    assert tables.read(paths[0], tables.USERS).equals(tables.read(paths[-1], tables.USERS))


def test_mixed_and_nameless_tables_are_refused(tmp_path):
    own, generated, _ = put(tmp_path, "own", "generated", "official")
    with pytest.raises(InputError, match=r"different sources: .*1.parquet is generated and .*0.parquet is own"):
        tables.source_of(own, generated)
    pq.write_table(pq.read_table(own).replace_schema_metadata(), own)
    with pytest.raises(InputError, match="does not say where its data come from"):
        tables.source_of(own)
    own.write_bytes(generated.read_bytes()[:-20])
    with pytest.raises(InputError, match="not a readable Parquet file"):
        tables.source_of(own)
    with pytest.raises(ValueError, match="hearsay is no source"):
        put(tmp_path, "hearsay")


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_a_score_that_is_no_number_is_neither_written_nor_read(tmp_path, value):
    frame = pd.DataFrame({"user_id": [1, 2], "artist_id": [1, 1], "liking": [0.5, value]})
    with pytest.raises(InputError, match=r"test.parquet: a liking is no number; see where it comes from"):
        tables.write(tmp_path / "test.parquet", frame, tables.PAIRS, "own")
    assert not (tmp_path / "test.parquet").exists()
    columns = [pa.array(frame[field.name].to_list(), field.type) for field in tables.PAIRS]
    table = pa.Table.from_arrays(columns, names=tables.PAIRS.names)  # it may lack values, as Parquet's writer allows
    pq.write_table(table.cast(tables.PAIRS) if value is not None else table, tmp_path / "test.parquet")
    with pytest.raises(InputError, match=r"test.parquet: (a liking is no number|columns .* each with all values)"):
        tables.read(tmp_path / "test.parquet", tables.PAIRS)


def test_parts_that_share_rows_are_told(tmp_path):
    rows = pd.DataFrame({"user_id": [1, 1, 2], "artist_id": [5, 6, 5], "liking": [0.1, 0.2, 0.3]})
    directed = rows.assign(direction=["user_to_artist", "artist_to_user", "user_to_artist"])
    paths = {name: tmp_path / f"{name}.parquet" for name in ("train", "valid", "one_way", "other_way")}
    tables.write(paths["train"], rows.iloc[:2], tables.PAIRS, "own")
    tables.write(paths["valid"], rows.iloc[2:], tables.PAIRS, "own")
    tables.expect_apart(paths["train"], paths["valid"])
    with pytest.raises(InputError, match=r"train.parquet and .*train.parquet share 2 rows; give different parts"):
        tables.expect_apart(paths["train"], paths["valid"], paths["train"])
    tables.write(paths["one_way"], directed[:1], tables.DIRECTED_PAIRS, "own")
    turned = directed[:1].assign(direction="artist_to_user")  # which the published split has: its leak is studied
    tables.write(paths["other_way"], turned, tables.DIRECTED_PAIRS, "own")
    tables.expect_apart(paths["one_way"], paths["other_way"])
    pd.DataFrame({"rank": [1]}).to_parquet(tmp_path / "other.parquet")
    with pytest.raises(InputError, match=r"other.parquet: no ids of one kind; give parts of one split"):
        tables.expect_apart(paths["train"], tmp_path / "other.parquet")
    (tmp_path / "other.parquet").write_bytes(paths["train"].read_bytes()[:-9])
    with pytest.raises(InputError, match=r"other.parquet: not a readable table"):
        tables.expect_apart(paths["train"], tmp_path / "other.parquet")


def test_a_table_of_results_names_what_is_not_official():
    table = pd.DataFrame({"mse": [0.1]})
    tables.name_source(table, {"official"})
    assert list(table) == ["mse"]
    tables.name_source(table, {"official", "own"})
    assert table.data.tolist() == ["own"] and list(table) == ["data", "mse"]
