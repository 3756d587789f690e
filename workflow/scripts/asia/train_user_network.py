"""Train an MLP, GCN or GAT on the users of one split: their regions, or the artists that they like.

The scores are probabilities. No test part is an input.

    splits=results/splits/region/fold_0
    python workflow/scripts/asia/train_user_network.py --task region --protocol strict --seed 0 \\
        --users results/tables/asia/users.parquet --friendships results/tables/asia/friendships.parquet \\
        --embedding results/embeddings/asia/netmf.npy --train $splits/train.parquet --valid $splits/valid.parquet \\
        --settings '{"layer": "gcn", "hidden": [128], "dense": [], "last": "linear", "heads": 1, "dropout": 0.5,
            "learning_rate": 0.01, "weight_decay": 0.0005, "epochs": 50}' --output-folder my_run
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from lastfm_gnn.asia.networks import UserInputs, UserNetwork, both_ways, one_way
from lastfm_gnn.asia.snapshot import SeenNetwork, write_seen
from lastfm_gnn.asia.tasks import ArtistTask, RegionTask
from lastfm_gnn.asia.training import Trainer, Users, train_published, train_strict
from lastfm_gnn.asia.users import ArtistPart, AsiaUsers, RegionPart, read_artists, write_scores
from lastfm_gnn.core import program
from lastfm_gnn.core.device import resolve
from lastfm_gnn.core.files import read_json, whole
from lastfm_gnn.core.memory import keep_freed_memory
from lastfm_gnn.core.program import InputError
from lastfm_gnn.core.run_record import add_identity, write_record
from lastfm_gnn.core.saved_training import SavedTraining
from lastfm_gnn.core.sparse import SparseMatrix
from lastfm_gnn.data import tables
from lastfm_gnn.data.asia import REGIONS

NETWORK = ("layer", "hidden", "dense", "last", "heads", "dropout")


def report(row: dict) -> None:
    """One plain line an epoch."""
    print(", ".join(f"{name} {value:.5g}" for name, value in row.items()), file=sys.stderr)


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--task", choices=["region", "artists"], required=True)
    parser.add_argument("--protocol", choices=["published", "strict"], required=True)
    for name in ("users", "friendships", "train", "valid"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--likes", type=Path, help="region: what users bring; without it, no features")
    parser.add_argument("--artists", type=Path, help="artists: those to predict")
    parser.add_argument("--embedding", type=Path, help="strict: of the users' places in the graph")
    parser.add_argument("--settings", type=program.json_object, required=True, help="JSON")
    parser.add_argument(
        "--tried", type=program.json_object, default={}, help="JSON: settings of this trial, which come first"
    )
    parser.add_argument("--selected", type=Path, help="file of those that select_settings chose")
    parser.add_argument("--join-valid", action="store_true", help="published, folds: train on it, too")
    parser.add_argument("--seed", type=program.seed, required=True)
    parser.add_argument("--threads", type=program.threads, default=1)
    program.add_device(parser)
    add_identity(parser)
    parser.add_argument("--output-folder", type=Path, required=True, help="of scores.npz, history.csv and run.json")
    parser.add_argument("--seen-network", type=Path, help="file of the network and all that it sees, to be explained")
    args = parser.parse_args(argv)

    started, device = time.time(), resolve(args.device)
    torch.set_num_threads(args.threads)
    tables.expect_apart(args.train, args.valid)
    torch.manual_seed(args.seed)
    keep_freed_memory()
    tried = read_json(args.selected)["settings"] if args.selected else args.tried
    settings = args.settings | tried
    if settings["last"] == "graph" and settings["dense"]:
        raise InputError("config: dense layers cannot follow last: graph, which gives the outputs; leave one out")
    widths = settings["hidden"] if settings["last"] == "graph" else settings["hidden"][:-1] or settings["hidden"]
    if settings["layer"] == "gat" and (odd := [width for width in widths if width % settings["heads"]]):
        raise InputError(f"config: {settings['heads']} heads cannot share a width of {odd[0]}; make it a multiple")

    if args.seen_network and args.task == "artists" and args.protocol == "published":
        raise InputError("--seen-network: published networks of artists hide lists at random; explain a strict one")

    users = AsiaUsers(args.users, args.friendships)
    task: RegionTask | ArtistTask
    train: RegionPart | ArtistPart
    valid: RegionPart | ArtistPart
    if args.task == "region":
        train, valid = known = users.region_part(args.train), users.region_part(args.valid)
        task = RegionTask(users.labels(*known), REGIONS)
        scored = users.others(np.ones(len(users), dtype=bool), train, valid)
        likes = users.likes(args.likes) if args.likes else None
    else:
        if args.artists is None:
            raise InputError("--task artists needs --artists, the file of those to predict")
        train, valid = listed = users.artist_part(args.train), users.artist_part(args.valid)
        likes = users.known_likes(*listed)
        targets = likes[:, read_artists(args.artists)]
        task = ArtistTask(targets, settings.get("second_sigmoid", False))
        scored = users.others(users.list_known, train, valid)
        if args.protocol == "published":
            likes = targets  # labels are the features themselves

    embedding = torch.from_numpy(users.embedding(args.embedding)).to(device) if args.embedding else None
    if args.protocol == "published":
        adjacency = one_way(users.user_id, users.friendships.user_id, users.friendships.friend_id)
    else:
        adjacency = both_ways(users.graph)
    shape = {
        "artists": None if likes is None else likes.shape[1],
        "dimensions": None if embedding is None else embedding.shape[1],
        "outputs": task.outputs,
        **{name: settings[name] for name in NETWORK},
    }
    network = UserNetwork(**shape).to(device)
    trainer = Trainer(
        network,
        UserInputs(None if likes is None else SparseMatrix(likes, device), embedding),
        adjacency,
        task,
        settings["learning_rate"],
        settings["weight_decay"],
        settings.get("dropout_at_test", False),
    )
    parts = Users(train.rows, valid.rows, scored)
    if args.join_valid:
        parts = Users(np.concatenate([train.rows, valid.rows]), np.array([], dtype=int), scored)
    optional = [path for path in (args.likes, args.artists, args.embedding) if path]
    inputs = [args.users, args.friendships, args.train, args.valid, *optional]
    key = [args.task, args.protocol, args.seed, args.join_valid, settings, device.type]
    saved_training = SavedTraining(args.output_folder, key, inputs)
    if args.protocol == "published":
        scores, history = train_published(trainer, parts, settings["epochs"], report, saved_training)
        valid_rows, valid_scores = np.array([], dtype=int), np.empty((0, task.outputs))
        best = history[-1]
    else:
        hidden_share = settings.get("hidden_share", 0.0)
        scores, valid_scores, history = train_strict(
            trainer, parts, settings["epochs"], hidden_share, report, saved_training
        )
        valid_rows = valid.rows
        best = max(history, key=lambda row: np.nan_to_num(row[f"valid_{task.name}"], nan=-np.inf))

    write_scores(
        args.output_folder / "scores.npz", users.user_id[scored], scores, users.user_id[valid_rows], valid_scores
    )
    with whole(args.output_folder / "history.csv") as temporary:
        pd.DataFrame(history).to_csv(temporary, index=False)
    if args.seen_network:
        artist_id = read_artists(args.artists) if args.artists else np.array([], dtype=np.int32)
        seen = SeenNetwork(args.task, network, likes, embedding, adjacency, users.user_id, scored, artist_id)
        write_seen(args.seen_network, seen, shape)
    write_record(
        args.output_folder,
        args.identity | {"protocol": args.protocol, "seed": args.seed},
        settings,
        {task.name: best[f"valid_{task.name}"]} if args.protocol == "strict" else {},
        [args.train, args.valid],
        started,
        tried=tried,
        best_epoch=best["epoch"],
        parameters=sum(parameter.numel() for parameter in network.parameters()),
    )
    saved_training.end()


if __name__ == "__main__":
    program.run(main)
