import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lastfm_gnn.core.program import InputError
from lastfm_gnn.table1.graphs import build_graph, load_graph, locate, save_graph

USERS, ARTISTS = np.array([2, 5]), np.array([1, 5, 9])
PAIRS = pd.DataFrame({"user_id": [5, 2, 5], "artist_id": [9, 1, 1], "liking": [0.5, 1.0, 0.25]})


def edges(graph):
    return list(zip(graph.source.tolist(), graph.target.tolist(), graph.liking.tolist(), strict=True))


def test_graph_by_hand():
    """Nodes 0, 1 are users 2, 5; nodes 2, 3, 4 are artists 1, 5, 9; sorted by target, then source."""
    graph = build_graph(USERS, ARTISTS, PAIRS)
    assert edges(graph) == [(2, 0, 1.0), (2, 1, 0.25), (4, 1, 0.5), (0, 2, 1.0), (1, 2, 0.25), (1, 4, 0.5)]
    assert graph.id.tolist() == [2, 5, 1, 5, 9]
    assert graph.is_user.tolist() == [True, True, False, False, False]


def test_both_directions_travel_together_whichever_are_named():
    directed = pd.concat([PAIRS.assign(direction="artist_to_user"), PAIRS.head(1).assign(direction="user_to_artist")])
    assert edges(build_graph(USERS, ARTISTS, directed)) == edges(build_graph(USERS, ARTISTS, PAIRS))


def test_locate_follows_the_direction():
    graph = build_graph(USERS, ARTISTS, PAIRS)
    assert [nodes.tolist() for nodes in locate(graph, PAIRS)] == [[1, 0, 1], [4, 2, 2]]
    directed = PAIRS.assign(direction=["user_to_artist", "artist_to_user", "artist_to_user"])
    assert [nodes.tolist() for nodes in locate(graph, directed)] == [[1, 2, 2], [4, 0, 1]]


def test_locate_names_an_unknown_id():
    graph = build_graph(USERS, ARTISTS, PAIRS)
    with pytest.raises(InputError, match="user_id 9 is no node"):
        locate(graph, PAIRS.assign(user_id=9))
    with pytest.raises(InputError, match="artist_id 6 is no node"):
        locate(graph, PAIRS.assign(artist_id=6))


def test_save_and_load(tmp_path):
    graph = build_graph(USERS, ARTISTS, PAIRS)
    save_graph(tmp_path / "a.npz", graph)
    assert edges(load_graph(tmp_path / "a.npz")) == edges(graph)


def test_load_tells_a_cut_and_a_missing_file(tmp_path):
    save_graph(tmp_path / "graph.npz", build_graph(USERS, ARTISTS, PAIRS))
    whole = (tmp_path / "graph.npz").read_bytes()
    (tmp_path / "graph.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"graph.npz: not a readable graph \(.+\); delete it and run again"):
        load_graph(tmp_path / "graph.npz")
    with pytest.raises(InputError, match=r"missing.npz: no such file"):
        load_graph(tmp_path / "missing.npz")


@given(st.integers(0), st.integers(1, 255))
def test_a_changed_byte_is_told_or_changes_nothing(tmp_path_factory, place, change):
    path = tmp_path_factory.mktemp("graph") / "graph.npz"
    graph = build_graph(USERS, ARTISTS, PAIRS)
    save_graph(path, graph)
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= change
    path.write_bytes(content)
    try:
        loaded = load_graph(path)
    except InputError:
        return
    assert edges(loaded) == edges(graph)


def test_a_graph_of_other_nodes_is_told(tmp_path):
    save_graph(tmp_path / "graph.npz", build_graph(USERS, ARTISTS, PAIRS))
    with np.load(tmp_path / "graph.npz") as file:
        arrays = dict(file)
    others = {
        "source": [arrays["source"] + 90, arrays["source"] - 3, arrays["source"][1:], arrays["source"] > 2],
        "id": [arrays["id"][:2]],
        "is_user": [arrays["is_user"][1:]],
        "liking": [np.array(["x"]), arrays["liking"][:, None]],
    }
    for name, array in ((name, array) for name, arrays_of in others.items() for array in arrays_of):
        np.savez(tmp_path / "other.npz", **arrays | {name: array})
        with pytest.raises(InputError, match=r"other.npz: not a readable graph"):
            load_graph(tmp_path / "other.npz")


def test_node_order_does_not_depend_on_the_order_of_pairs():
    shuffled = PAIRS.sample(frac=1, random_state=1)
    graph, other = build_graph(USERS, ARTISTS, PAIRS), build_graph(USERS, ARTISTS, shuffled)
    assert edges(graph) == edges(other)
    assert torch.equal(graph.id, other.id)
