"""Recommend users who are no friends yet, and name the friends in common, on either friendship graph.

    python workflow/scripts/recommend/recommend_friends.py --user 2 --graph hetrec --top 10

reads the recommendations that the rule made for all users. For them, the leaderboard's model with the best mean
validation MRR over the seeds is fitted to the whole graph with the settings of its first seed. It ranks those whom
walks from a user reach most often.

    runs=results/runs/friends_asia/graph
    python workflow/scripts/recommend/recommend_friends.py --users results/tables/asia/users.parquet \\
        --friendships results/tables/asia/friendships.parquet --runs $runs/adamic_adar/strict_* --top 50 \\
        --output results/recommendations/friends_asia.parquet
"""

from pathlib import Path

import numpy as np
import pandas as pd

from lastfm_gnn.core import program
from lastfm_gnn.core.model_files import model_file
from lastfm_gnn.core.numbering import Numbering
from lastfm_gnn.core.program import InputError
from lastfm_gnn.core.run_record import read_record
from lastfm_gnn.core.settings import read_settings
from lastfm_gnn.data import tables
from lastfm_gnn.data.friendships import FriendGraph
from lastfm_gnn.friends.problem import FriendProblem
from lastfm_gnn.metrics.ranked_lists import top
from lastfm_gnn.recommend.display import FORMATS, show

RESTART, HUBS = 0.2, 0.75  # of the walks: how often they go home; the power of the degree that they are weighted by
USUAL = 10  # friends a user, or as many as there are
BLOCK = 256  # users at a time
COMMON = 5  # friends that are named


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--top", type=int, help=f"friends a user; {USUAL} by default")
    for_one = parser.add_argument_group("for one user")
    for_one.add_argument("--user", type=int, help="an id of the graph")
    for_one.add_argument("--graph", choices=("hetrec", "asia"), default="hetrec")
    for_one.add_argument("--format", choices=FORMATS, default="table")
    for_one.add_argument(
        "--recommendations", type=Path, default=Path("results/recommendations"), help="folder of the rule's outputs"
    )
    for_all = parser.add_argument_group("for all users")
    for_all.add_argument("--users", type=Path)
    for_all.add_argument("--friendships", type=Path)
    for_all.add_argument("--runs", type=Path, nargs="+", help="folders")
    for_all.add_argument("--output", type=Path, help="Parquet")
    args = parser.parse_args(argv)

    if args.user is not None:
        show(look_up(args.recommendations / f"friends_{args.graph}.parquet", args.user, args.top), args.format)
    elif args.users and args.friendships and args.runs and args.output:
        top = USUAL if args.top is None else args.top
        if top < 1:
            raise InputError(f"--top {top}: ask for 1 or more")
        user_id = tables.read(args.users, tables.USERS, tables.ASIA_USERS).user_id.to_numpy()
        friendships = tables.read(args.friendships, tables.FRIENDSHIPS)
        recommended, source = recommend(user_id, friendships, args.runs, top), tables.source_of(args.friendships)
        tables.write(args.output, recommended, tables.RECOMMENDED_FRIENDS, source)
    else:
        parser.error("give --user, or all of --users, --friendships, --runs and --output")


def look_up(path: Path, user: int, count: int | None) -> pd.DataFrame:
    if not path.is_file():
        raise InputError(
            f"{path}: no model was trained yet; run snakemake --cores all {path} (with the --configfile of that"
            " folder, if it has one)"
        )
    recommended = tables.read(path, tables.RECOMMENDED_FRIENDS)
    own = recommended[recommended.user_id == user]
    if own.empty:
        ids = recommended.user_id
        raise InputError(
            f"--user {user}: nobody was found; {ids.nunique()} users, {ids.min()} to {ids.max()}, have friends of"
            " friends who are none of theirs yet"
        )
    count = min(USUAL, len(own)) if count is None else count
    if not 1 <= count <= len(own):
        raise InputError(f"--top {count}: ask for 1 to {len(own)}, so many were found for user {user}")
    return own.head(count).drop(columns="user_id")


def recommend(user_id: np.ndarray, friendships: pd.DataFrame, runs: list[Path], count: int) -> pd.DataFrame:
    """tables.RECOMMENDED_FRIENDS of all users who have a friend."""
    run = chosen(runs)
    seed = run["identity"]["seed"]
    users = Numbering(user_id, np.random.default_rng([seed, 1]), "user")
    friendships = friendships[friendships.user_id < friendships.friend_id]  # HetRec's table has both ways
    graph = FriendGraph(np.arange(len(users)), friendships.apply(users.numbers))
    pairs = candidates(graph, min(2 * count, len(users) - 1))
    model = model_file("lastfm_gnn.friends.models", run["identity"]["variant"])
    settings = read_settings(model.Settings, run["settings"], f"the chosen {run['identity']['variant']}")
    scores = model.fit(FriendProblem(graph, pairs), settings, seed)
    frame = pd.DataFrame({"user": pairs[:, 0], "friend": pairs[:, 1], "score": scores})
    frame = frame.sort_values(["user", "score"], ascending=[True, False], kind="stable")
    frame["rank"] = frame.groupby("user").cumcount() + 1
    frame = frame[frame["rank"] <= count]
    frame["common"] = [
        [{"user_id": users.ids[one]} for one in in_common(graph, *pair)]
        for pair in zip(frame.user, frame.friend, strict=True)
    ]
    frame = frame.assign(user_id=users.ids[frame.user], friend_id=users.ids[frame.friend])
    return frame.sort_values(["user_id", "rank"])[tables.RECOMMENDED_FRIENDS.names]


def chosen(runs: list[Path]) -> dict:
    """The record of the first run of the model with the best mean validation MRR."""
    records_of: dict[str, list[dict]] = {}
    for record in [read_record(folder / "run.json", "model") for folder in runs]:
        records_of.setdefault(record["identity"]["model"], []).append(record)
    best = max(records_of.values(), key=lambda records: np.mean([record["valid"]["mrr"] for record in records]))
    print(f"{best[0]['identity']['variant']}, the best of {len(records_of)} on validation")
    return best[0]


def candidates(graph: FriendGraph, count: int) -> np.ndarray:
    """Pairs (P, 2) of each user who has a friend with the `count` others whom walks reach most, no friends."""
    pairs_of_blocks = []
    for ends in np.array_split(np.flatnonzero(graph.degree), max(1, len(graph.degree) // BLOCK)):
        reached = (graph.pagerank(ends, RESTART) * graph.degree[:, None] ** HUBS).T
        reached[graph.adjacency[ends].nonzero()] = 0
        reached[np.arange(len(ends)), ends] = 0
        best = top(reached, count)
        pairs = np.column_stack([np.repeat(ends, count), best.ravel()])
        pairs_of_blocks.append(pairs[np.take_along_axis(reached, best, 1).ravel() > 0])
    return np.concatenate(pairs_of_blocks)


def in_common(graph: FriendGraph, first: int, second: int) -> np.ndarray:
    """Friends of both, who has the fewest friends first."""
    adjacency = graph.adjacency
    of_first, of_second = (
        adjacency.indices[adjacency.indptr[one] : adjacency.indptr[one + 1]] for one in (first, second)
    )
    common = np.intersect1d(of_first, of_second)
    return common[np.argsort(graph.degree[common], kind="stable")][:COMMON]


if __name__ == "__main__":
    program.run(main)
