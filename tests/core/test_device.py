"""Every network is trained on another device to what it is on the processor."""

from importlib import import_module

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import optimizer

import train_model
from far_device import FarDevice
from lastfm_gnn.asia.networks import Block, FriendAttention, PlainBlock, UserInputs, UserNetwork, both_ways
from lastfm_gnn.asia.problems import ArtistProblem, RegionProblem
from lastfm_gnn.asia.tasks import ArtistTask, RegionTask
from lastfm_gnn.asia.training import Trainer, Users, train_published, train_strict
from lastfm_gnn.asia.users import ArtistPart
from lastfm_gnn.core.device import resolve
from lastfm_gnn.core.program import InputError
from lastfm_gnn.core.sparse import SparseMatrix
from lastfm_gnn.data.friendships import FriendGraph
from lastfm_gnn.data.listens import ScoredPairs
from lastfm_gnn.friends.problem import FriendProblem
from lastfm_gnn.liking.problem import LikingProblem
from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.scores import by_step
from lastfm_gnn.table1.graphs import build_graph
from lastfm_gnn.table1.messages import MessageGraph
from lastfm_gnn.table1.models import build_model
from lastfm_gnn.table1.training import DirectedPairs, predict, train

USERS, ARTISTS, PAIRS = 24, 30, 220
RANDOM = np.random.default_rng(0)
USER, ARTIST = np.divmod(RANDOM.permutation(USERS * ARTISTS)[:PAIRS], ARTISTS)
LIKING = RANDOM.random(PAIRS)
ENDS = sorted({tuple(sorted(pair)) for pair in RANDOM.integers(0, USERS, (90, 2)).tolist() if pair[0] != pair[1]})
FRIENDS = FriendGraph(np.arange(USERS), pd.DataFrame(ENDS, columns=["user_id", "friend_id"]))
EMBEDDING = RANDOM.normal(size=(USERS, 3)).astype(np.float32)
LIKES = sp.csr_array((RANDOM.random((USERS, ARTISTS)) < 0.3).astype(np.float32))
LABELS = np.where(np.arange(USERS) < 18, RANDOM.integers(0, 3, USERS), -1)
TRAINING = {"learning_rate": 0.01, "weight_decay": 0.01}


@pytest.fixture
def far_device(monkeypatch):
    """Optimisers may be fused there, as on a GPU."""
    supported = [*optimizer._get_fused_kernels_supported_devices(), "meta"]
    monkeypatch.setattr(optimizer, "_get_fused_kernels_supported_devices", lambda: supported)
    with FarDevice() as device:
        yield device


def fitted(room, file, problem, **settings):
    module = import_module(f"lastfm_gnn.{room}.{file}")
    return module.fit(problem, module.Settings(**settings), 0)


def graph_of(some):
    frame = pd.DataFrame({"user_id": USER[some], "artist_id": ARTIST[some], "liking": LIKING[some]})
    return build_graph(np.arange(USERS), np.arange(ARTISTS), frame)


def pairs_of(some, device):
    parts = USER[some], USERS + ARTIST[some], LIKING[some]
    return DirectedPairs(*(torch.from_numpy(part).to(device) for part in parts))


def table1(variant, protocol, input, neighbours, device):
    """Validation errors of two epochs, and predictions."""
    known, hidden = slice(0, 180), slice(180, PAIRS)
    graph = MessageGraph(graph_of(known), device)
    torch.manual_seed(0)
    settings = {"predictor": "network", "variant": variant, "input": input, "protocol": protocol, "hidden": 4}
    model = build_model(settings, graph.num_nodes).to(device)
    parts = pairs_of(known, device), pairs_of(hidden, device)
    schedule = TRAINING | {"epochs": 2, "batch_size": 64, "decay": 0.9, "neighbours": neighbours}
    _, history = train(model, graph, *parts, protocol=protocol, report=lambda row: None, **schedule)
    predicted = predict(model, graph, parts[1], protocol, 64)
    return np.array([*predicted, *(row["valid_mse"] for row in history)])


def liking(file, device, **settings):
    known, hidden = (
        ScoredPairs(USER[part], ARTIST[part], LIKING[part]) for part in (slice(0, 180), slice(180, PAIRS))
    )
    problem = LikingProblem(USERS, ARTISTS, known, hidden, None, device)
    return fitted("liking.models", file, problem, **settings, learning_rate=0.01, members=2).predict(hidden)


def ranking(file, device, **settings):
    plays = sp.csr_array((1.0 + 9 * LIKING, (USER, ARTIST)), (USERS, ARTISTS)).astype(np.float32)
    *_, (_, scores) = by_step(fitted("ranking.models", file, RankingProblem(plays, device=device), **settings))
    return scores[:]


def friends(file, device, **settings):
    pairs = np.array(np.triu_indices(USERS, 1)).T
    shared = {"dropout": 0.1, "steps": 3, "folds": 2, "share": 0.2, "negatives": 10, "members": 1}
    return fitted("friends.models", file, FriendProblem(FRIENDS, pairs, device), **TRAINING | shared | settings)


def regions(file, device, **settings):
    shared = {"hidden": 4, "dropout": 0.1, "epochs": 3, "members": 2}
    problem = RegionProblem(FRIENDS, EMBEDDING, LABELS, 3, LIKES, device)
    return fitted("asia.region_models", file, problem, **TRAINING | shared | settings)


def taste(device):
    known, rows = np.arange(16), np.arange(16, USERS)
    problem = ArtistProblem(FRIENDS, EMBEDDING, ArtistPart(known, LIKES[:16]), rows, LABELS, device)
    settings = {"dimensions": 3, "hidden": 4, "dropout": 0.2, "hidden_share": 0.5, "epochs": 2, "members": 1}
    return fitted("asia.artist_models", "taste_network", problem, **TRAINING, **settings)


def users(layer, protocol, family, device):
    """Probabilities by a network of users."""
    torch.manual_seed(0)
    task = RegionTask(LABELS, 3) if family == "region" else ArtistTask(LIKES, second_sigmoid=False)
    network = UserNetwork(layer, ARTISTS, 3, [4, 4], [], task.outputs, "linear", heads=2, dropout=0.2).to(device)
    inputs = UserInputs(SparseMatrix(LIKES, device), torch.from_numpy(EMBEDDING).to(device))
    trainer = Trainer(network, inputs, both_ways(FRIENDS), task, 0.01, 0.0)
    parts = Users(np.arange(12), np.arange(12, 18), np.arange(18, USERS))
    if protocol == "published":
        return train_published(trainer, parts, 2, lambda row: None)[0]
    return train_strict(trainer, parts, 2, 0.3, lambda row: None)[0]


# those whose softmax over neighbours is DGL's on the processor
OTHER_SOFTMAX = ("attention strict", "augmentation strict", "gat", "liking table1")
NETWORK = {"weight_decay": 0.01, "hidden": 4, "dropout": 0.1, "steps": 3, "kernels": 1, "width": 4, "rounds": 1}
RANKER = TRAINING | {"candidates": 12, "folds": 2, "hidden": 4, "dropout": 0.1, "epochs": 2, "members": 1}
EMBEDDINGS = TRAINING | {"dimensions": 4, "layers": 2, "steps": 3}
NETWORKS = {
    **{
        f"table1 {variant} {protocol} {input}": (table1, (variant, protocol, input, "all"), {})
        for variant in ("naive_gcn", "edge_weight", "attention", "augmentation")
        for protocol, input in (("strict", "degree"), ("strict", "embedding"), ("leak_free", "degree"))
    },
    "table1 drawn neighbours": (table1, ("augmentation", "strict", "embedding", (3, 3)), {}),
    "liking sage": (liking, ("sage",), NETWORK),
    "liking gated_gcn": (liking, ("gated_gcn",), NETWORK),
    "liking edge_network": (liking, ("edge_network",), NETWORK | {"heads": 2}),
    "liking factorisation_machine": (
        liking,
        ("factorisation_machine",),
        {"dimensions": 2, "bias_penalty": 1, "penalty": 1, "steps": 10},
    ),
    "liking table1": (
        liking,
        ("table1_attention",),
        {"weight_decay": 0.01, "hidden": 4, "epochs": 1, "batch_size": 64, "decay": 0.9},
    ),
    "ranking lightgcn": (ranking, ("lightgcn",), EMBEDDINGS),
    "ranking xsimgcl": (
        ranking,
        ("xsimgcl",),
        EMBEDDINGS | {"noise": 0.1, "temperature": 0.2, "contrast_weight": 0.1},
    ),
    "ranking multivae": (
        ranking,
        ("multivae",),
        {"hidden": 4, "latent": 2, "dropout": 0.2, "learning_rate": 0.01, "divergence": 0.1, "epochs": 3},
    ),
    "ranking rival_ranker": (ranking, ("rival_ranker",), RANKER),
    "ranking walk_ranker": (ranking, ("walk_ranker",), RANKER),
    "friends sage": (friends, ("sage",), {"width": 4, "layers": 2}),
    "friends walk_network": (friends, ("walk_network",), {"width": 4, "hidden": 4, "pointwise": 0.1}),
    "region label_network": (regions, ("label_network",), {"steps": 2}),
    "region hop_attention": (regions, ("hop_attention",), {"hops": 2}),
    "artists taste_network": (taste, (), {}),
    **{
        f"users {layer} {protocol} {family}": (users, (layer, protocol, family), {})
        for layer in ("mlp", "gcn", "gat")
        for protocol in ("published", "strict")
        for family in ("region", "artists")
    },
}


@pytest.mark.parametrize("name", NETWORKS)
def test_training_on_another_device_gives_the_same(name, far_device):
    train_on, names, settings = NETWORKS[name]
    expected = train_on(*names, device="cpu", **settings)
    assert far_device.operations == 0 and np.ptp(expected) > 0
    far = train_on(*names, device="meta", **settings)
    assert far_device.operations > 100
    if any(word in name for word in OTHER_SOFTMAX):
        np.testing.assert_allclose(far, expected, rtol=1e-5, atol=1e-6)
    else:
        np.testing.assert_array_equal(far, expected)


def test_the_far_device_is_apart_as_a_gpu_is(far_device):
    near, far = torch.arange(3.0), torch.arange(3.0, device="meta")
    assert far.device.type == "meta" and torch.equal((far * 2).cpu(), near * 2) and far.sum().item() == 3
    assert torch.equal((far * torch.tensor(2.0)).cpu(), near * 2)
    for mixed in (lambda: far + near, lambda: near + far, lambda: near[far.long()], lambda: torch.cat([far, near])):
        with pytest.raises(RuntimeError, match="two devices"):
            mixed()
    with pytest.raises(RuntimeError, match="numpy"):
        far.numpy()


def test_a_gpu_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert resolve("auto") == resolve("cpu") == torch.device("cpu")
    with pytest.raises(InputError, match="torch sees no GPU here"):
        resolve("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert resolve("auto") == resolve("cuda") == torch.device("cuda") and resolve("cpu") == torch.device("cpu")


def test_a_training_without_the_gpu_that_it_asks_for_ends_in_a_line(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    files = [f"--{name}={tmp_path / name}" for name in ("graph", "train", "valid", "output-folder")]
    asked = [*files, "--variant=attention", "--input=degree", "--protocol=strict", "--seed=0", "--decay=1"]
    with pytest.raises(InputError, match="sees no GPU"):
        train_model.main([*asked, "--device=cuda"])
    with pytest.raises(InputError, match="give --processes 1"):
        train_model.main([*asked, "--device=cuda", "--processes=2", "--neighbours=3,3"])


@given(st.integers(0, 2**32 - 1))
def test_plain_softmax_and_sums_are_those_of_dgl(seed):
    """Values, and gradients of a random sum of them; some users have no friend but themselves."""
    random = np.random.default_rng(seed)
    rows = sp.csr_array((random.random((7, 9)) < 0.3) | (np.eye(7, 9) > 0)).astype(np.float64)
    own, outcomes = np.arange(7), []
    z, weight = (random.normal(size=(size, 8)) for size in (9, 7))
    for block in (Block, PlainBlock):
        torch.manual_seed(0)
        attention, inputs = FriendAttention(8, 2).double(), torch.tensor(z, requires_grad=True)
        out = attention(block(rows, rows, own), inputs)
        (out * torch.from_numpy(weight)).sum().backward()
        outcomes.append([out.detach(), inputs.grad, *(one.grad for one in attention.parameters())])
    for dgl, plain in zip(*outcomes, strict=True):
        np.testing.assert_allclose(plain, dgl, rtol=1e-9, atol=1e-9)
