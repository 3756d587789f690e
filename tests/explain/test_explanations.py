"""Explanations: masks against smaller graphs, networks whose reasons are known, and fidelity that says when not."""

import json
from argparse import ArgumentTypeError

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import explain_attention
import explain_features
import explain_users
import train_user_network
from lastfm_gnn.asia.networks import UserInputs, UserNetwork, blocks
from lastfm_gnn.asia.snapshot import SeenNetwork, read_seen
from lastfm_gnn.core import program
from lastfm_gnn.core.program import InputError
from lastfm_gnn.core.sparse import SparseMatrix
from lastfm_gnn.explain import explainer
from lastfm_gnn.explain.explainer import learn_masks
from lastfm_gnn.explain.fidelity import MEASURES, fidelity, verdict
from lastfm_gnn.explain.masked_graph import MaskedGraph
from lastfm_gnn.explain.masked_prediction import MaskedPrediction

USERS, ARTISTS = 121, 80
REASON, FRIEND = 17, 7
EXPLAINER = {"steps": 60, "learning_rate": 0.1, "size_weight": 1, "entropy_weight": 0.1}


def star() -> sp.csr_array:
    """User 0 and 120 friends of theirs."""
    ends = np.zeros(USERS - 1, dtype=int), np.arange(1, USERS)
    upper = sp.coo_array((np.ones(USERS - 1), ends), (USERS, USERS))
    return (upper + upper.T + sp.eye_array(USERS)).tocsr()


def seen(layer="gcn", weight=0.1, task="region", everybody=True) -> SeenNetwork:
    """A network of one layer that predicts region 1 if artist REASON is liked, and region 0 otherwise."""
    likes = (np.random.default_rng(0).random((USERS, ARTISTS)) < 0.5).astype(np.float32)
    likes[:, REASON] = everybody
    likes[FRIEND, REASON] = 1
    torch.manual_seed(0)
    network = UserNetwork(layer, ARTISTS, None, [2], [], 2, "linear", heads=1, dropout=0.0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        network.first.W[REASON, 0] = weight
        network.dense_layers[0].weight[1, 0] = 10
        network.dense_layers[0].bias[0] = 1 if weight else 0
    no_artists = np.array([], dtype=np.int32) if task == "region" else np.arange(2, dtype=np.int32)
    inputs = sp.csr_array(likes), None, star(), np.arange(USERS), np.array([0]), no_artists
    return SeenNetwork(task, network.requires_grad_(False).eval(), *inputs)


def explained(network):
    """Masks and fidelities of user 0, by kind of part."""
    prediction = MaskedPrediction(network, np.array([0]))
    sizes = {"features": len(prediction.features), "edges": prediction.graph.edges.shape[1]}
    masks = dict(
        zip(
            sizes,
            learn_masks(prediction.log_probability, [*sizes.values()], explainer.Settings(**EXPLAINER), seed=0),
            strict=True,
        )
    )
    rows = {
        what: fidelity(lambda kept, what=what: prediction.probability(what, kept), mask, [1], 39, 0)
        for what, mask in masks.items()
    }
    return prediction, masks, rows


def test_the_only_feature_that_counts_is_found_and_beats_random():
    prediction, masks, rows = explained(seen())
    assert prediction.outputs.tolist() == [1]
    assert prediction.features[masks["features"].argmax()] == REASON
    assert np.sort(masks["features"])[-2] < 0.2 < 0.6 < masks["features"].max()
    assert rows["features"].beats_random.all()
    named = rows["features"].set_index("measure").named
    assert named["necessity"] > 0.6 and named["sufficiency"] == pytest.approx(0)


def test_the_only_friend_who_counts_is_found_and_beats_random():
    prediction, masks, rows = explained(seen(weight=4.0, everybody=False))
    assert prediction.graph.edges[:, masks["edges"].argmax()].tolist() == [FRIEND, 0]
    assert rows["edges"].beats_random.all()
    assert verdict(rows["edges"], "necessity") == "necessity beats random parts"


def test_a_network_that_ignores_its_input_is_said_not_to_beat_random():
    _, _, rows = explained(seen(weight=0.0))
    for part in rows.values():
        assert (part.named == 0).all() and (part.p == 1).all() and not part.beats_random.any()
        assert verdict(part, "sufficiency") == "sufficiency DOES NOT BEAT random parts"


def test_an_artist_is_explained_by_friends_lists_and_not_by_ones_own():
    network = seen(task="artists")
    changed = network.likes.toarray()
    changed[0] = 1 - changed[0]
    other = SeenNetwork(**{**vars(network), "likes": sp.csr_array(changed)})
    probabilities = [MaskedPrediction(one, np.array([0])).probability() for one in (network, other)]
    assert probabilities[0] == probabilities[1]
    prediction, masks, rows = explained(network)
    assert network.output_name(int(prediction.outputs[0])) == "artist 1"
    assert prediction.features[masks["features"].argmax()] == REASON and rows["features"].beats_random.all()


def test_attention_is_uniform_where_it_has_learnt_nothing_and_else_points():
    network = seen("gat", everybody=False)
    near, share = MaskedPrediction(network, np.array([0])).attention()
    assert near.tolist() == list(range(USERS)) and share == pytest.approx(np.full(USERS, 1 / USERS))
    with torch.no_grad():
        network.network.attention[0].source[0, 0, 0] = 120.0
    prediction = MaskedPrediction(network, np.array([0]))
    near, share = prediction.attention()
    # .1 · 120 for the one, 0 for the 120 others
    assert share[near == FRIEND] == pytest.approx(np.exp(12) / (np.exp(12) + 120), rel=1e-5)
    assert share.sum() == pytest.approx(1, abs=1e-4)
    assert prediction.graph.edges.shape == (2, 120)
    with pytest.raises(InputError, match="a gcn has none"):
        MaskedPrediction(seen(), np.array([0])).attention()


def random_network(layer, depth):
    torch.manual_seed(0)
    return UserNetwork(layer, ARTISTS, None, [4] * depth, [], 3, "linear", heads=2, dropout=0.0).eval()


@pytest.mark.parametrize("layer", ["gcn", "gat"])
@settings(max_examples=30)
@given(seed=st.integers(0, 1000), depth=st.integers(1, 2))
def test_masks_of_zeros_and_ones_are_smaller_graphs(layer, seed, depth):
    random = np.random.default_rng(seed)
    adjacency = sp.csr_array((random.random((12, 12)) < 0.3) | np.eye(12, dtype=bool)).astype(float)
    likes = sp.csr_array(random.random((12, ARTISTS)) < 0.3).astype(np.float32)
    network, target = random_network(layer, depth), random.integers(0, 12, 1)
    graph = MaskedGraph(adjacency, target, depth)
    kept = random.random(graph.edges.shape[1]) < 0.5
    smaller = adjacency.toarray()
    smaller[tuple(graph.edges[::-1, ~kept])] = 0
    given_inputs, shown = UserInputs(SparseMatrix(likes), None), torch.ones(12)
    expected = network(given_inputs, shown, *blocks(sp.csr_array(smaller), target, depth))
    masked = network(given_inputs, shown, graph.blocks(torch.tensor(kept).float()), graph.users)
    assert masked.detach().numpy() == pytest.approx(expected.detach().numpy(), abs=1e-5)


def test_masked_features_are_the_columns_without_them():
    network = seen()
    prediction = MaskedPrediction(network, np.array([0]))
    for lost in (REASON, 3):
        likes = network.likes.toarray()
        likes[:, lost] = 0
        other = MaskedPrediction(SeenNetwork(**{**vars(network), "likes": sp.csr_array(likes)}), np.array([0]))
        expected = np.exp(other._log_probabilities(None, None)[0, prediction.outputs[0]].item())
        masked = prediction.probability("features", prediction.features != lost)
        assert masked == pytest.approx(expected, abs=1e-6)


@given(weights=st.lists(st.floats(0, 1), min_size=2, max_size=12), size=st.integers(1, 12))
def test_naming_the_largest_weights_is_never_beaten(weights, size):
    weights = np.array(weights)
    rows = fidelity(lambda kept: float(weights[kept].sum()), weights, [size], draws=19, seed=0)
    assert rows.measure.tolist() == list(MEASURES) and (rows["size"] < len(weights)).all()
    necessity, sufficiency = rows.iloc[0], rows.iloc[1]
    assert necessity.named >= necessity.random_high - 1e-9 and sufficiency.named <= sufficiency.random_low + 1e-9
    backwards = fidelity(lambda kept: float(weights[kept].sum()), -weights, [size], draws=19, seed=0)
    assert (backwards.p >= rows.p).all()


def test_one_part_leaves_nothing_to_choose():
    rows = fidelity(lambda kept: float(kept.sum()), np.ones(1), [1, 3], draws=19, seed=0)
    assert len(rows) == 0 and verdict(rows, "necessity") == "necessity: no part to choose"


@pytest.fixture(scope="module")
def kept(asia_tables, tmp_path_factory):
    """Runs whose networks are kept: regions by published attention, artists by a strict convolution."""
    folder = tmp_path_factory.mktemp("kept")
    base = {"dense": [], "dropout": 0.1, "learning_rate": 0.01, "weight_decay": 0.0, "epochs": 2, "heads": 1}
    options = {
        "region": [
            "--protocol=published",
            f"--likes={asia_tables}/likes.parquet",
            f"--settings={json.dumps(base | {'layer': 'gat', 'hidden': [8], 'last': 'graph'})}",
        ],
        "artists": [
            "--protocol=strict",
            f"--artists={asia_tables}/artists_7842.parquet",
            f"--embedding={asia_tables}/netmf.npy",
            f"--settings={json.dumps(base | {'layer': 'gcn', 'hidden': [8], 'last': 'linear', 'hidden_share': 0.3})}",
        ],
    }
    for task, own in options.items():
        parts = [f"--{part}={asia_tables}/{task}/fold_0/{part}.parquet" for part in ("train", "valid")]
        tables = [f"--{name}={asia_tables}/{name}.parquet" for name in ("users", "friendships")]
        output = [f"--output-folder={folder}/{task}", f"--seen-network={folder}/{task}/network.pt"]
        train_user_network.main([f"--task={task}", "--seed=0", *own, *parts, *tables, *output])
    return folder


@pytest.mark.parametrize("task", ["region", "artists"])
def test_the_kept_network_gives_the_scores_of_its_run(kept, task):
    network = read_seen(kept / task / "network.pt")
    with np.load(kept / task / "scores.npz") as file:
        scores, users = file["scores"], file["user_id"]
    assert network.user_id[network.scored].tolist() == users.tolist()
    for user, expected in zip(users[:5], scores[:5], strict=True):
        prediction = MaskedPrediction(network, np.array([network.row(user)]))
        assert prediction.probability() == pytest.approx(expected.max(), abs=1e-5)
        everything = np.ones(prediction.graph.edges.shape[1], dtype=bool)
        assert prediction.probability("edges", everything) == pytest.approx(expected.max(), abs=1e-5)


def users_options(folder, user):
    return [
        f"--network={folder}/network.pt",
        f"--users={user}",
        "--title=a test",
        "--draws=3",
        f"--output-folder={folder}",
    ]


EXPLAINER_OPTION = f"--explainer={json.dumps(EXPLAINER | {'steps': 2})}"


def test_scripts_write_importances_fidelities_and_figures(kept):
    artists, region = kept / "artists", kept / "region"
    sizes = ["--feature-sizes=3", "--edge-sizes=2"]
    explain_users.main([*users_options(artists, 7), *sizes, EXPLAINER_OPTION])
    explain_attention.main([*users_options(region, 100), "--sizes", "1", "3"])
    network, draws = users_options(region, 0)[0], users_options(region, 0)[2:]
    explain_features.main([network, *draws, "--sizes=3", EXPLAINER_OPTION])
    importance = pd.read_csv(artists / "users.csv")
    assert list(importance) == ["what", "subject", "prediction", "score", "part", "importance"]
    assert set(importance.what) == {"features", "edges"} and set(importance.subject) == {"user 7"}
    assert importance.part.str.fullmatch(r"artist \d+|place \d+|\d+ → \d+").all()
    attention = pd.read_csv(region / "attention.csv")
    assert (attention.artists > 0).any() and attention.importance.sum() == pytest.approx(1, abs=1e-4)
    assert attention.uniform.sum() == pytest.approx(1)
    files = artists / "users_fidelity.csv", region / "attention_fidelity.csv", region / "features_fidelity.csv"
    fidelities = pd.concat(pd.read_csv(file) for file in files)
    assert set(fidelities.what) == {"features", "edges", "attention"} and fidelities.named.notna().all()
    assert not fidelities.beats_random.any()  # three draws cannot tell
    for figure in (artists / "users_7.png", region / "attention_100.png", region / "features.png"):
        assert figure.stat().st_size > 10_000


@pytest.mark.parametrize(
    ("script", "options", "message"),
    [
        (explain_users, ["--feature-sizes=3", "--edge-sizes=2", EXPLAINER_OPTION], "no user 999; name others"),
        (explain_attention, ["--sizes=1"], "no user 999; name others"),
    ],
)
def test_unknown_user_is_told_in_one_line(kept, script, options, message):
    with pytest.raises(SystemExit, match=f"^error: .*{message}$"):
        program.run(lambda: script.main([*users_options(kept / "region", 999), *options]))


def test_other_bad_input_is_told_in_one_line(kept, tmp_path):
    whole_file = (kept / "region/network.pt").read_bytes()
    (tmp_path / "network.pt").write_bytes(whole_file[:500])
    with pytest.raises(
        InputError, match=r"network.pt: no network with all that it sees .*; give another, or delete it"
    ):
        explain_attention.main([*users_options(tmp_path, 3), "--sizes=1"])
    with pytest.raises(InputError, match="a gcn has none; name a gat"):
        explain_attention.main([*users_options(kept / "artists", 3), "--sizes=1"])


@pytest.mark.parametrize("text", ["[]", "null", "2", "{}", '{"steps": 2}', json.dumps(EXPLAINER | {"steps": 0})])
def test_settings_that_are_none_are_told(text):
    with pytest.raises((InputError, ArgumentTypeError, TypeError)):  # argparse reports the last two
        explainer.settings(text)


def test_settings_are_those_of_the_explainer():
    assert explainer.settings(json.dumps(EXPLAINER)) == explainer.Settings(**EXPLAINER)
