"""Embed every user of the friendship graph by NetMF (Qiu et al., WSDM 2018): no label is looked at.

The log of the mean of the first `--window` powers of the random walk, over degrees, factorised by a truncated SVD.

    python workflow/scripts/asia/embed_friends.py --users results/tables/asia/users.parquet \\
        --friendships results/tables/asia/friendships.parquet --output results/embeddings/asia/netmf.npy
"""

from pathlib import Path

import numpy as np
from sklearn.utils.extmath import randomized_svd

from lastfm_gnn.core import program
from lastfm_gnn.core.files import whole
from lastfm_gnn.data import tables
from lastfm_gnn.data.friendships import FriendGraph


def netmf(graph: FriendGraph, window: int, dimensions: int) -> np.ndarray:
    """(N, dimensions) float32; dense (N, N) on the way: 0.7 GiB for 7,624 users. One negative sample."""
    n = len(graph.degree)
    walk = (graph.adjacency / np.maximum(graph.degree, 1)[:, None]).tocsr().astype(np.float32)
    power = np.eye(n, dtype=np.float32)
    total = np.zeros_like(power)
    for _ in range(window):
        power = walk @ power
        total += power
    total *= np.float32(graph.degree.sum() / window) / np.maximum(graph.degree, 1).astype(np.float32)
    np.log(np.maximum(total, 1, out=total), out=total)
    left, sizes, _ = randomized_svd((total + total.T) / 2, dimensions, n_iter=4, random_state=0)
    return (left * np.sqrt(sizes)).astype(np.float32)


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--users", type=Path, required=True)
    parser.add_argument("--friendships", type=Path, required=True)
    parser.add_argument("--window", type=program.positive, default=10)
    parser.add_argument("--dimensions", type=program.positive, default=128)
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args(argv)

    users = tables.read(args.users, tables.ASIA_USERS)
    graph = FriendGraph(users.user_id.to_numpy(), tables.read(args.friendships, tables.FRIENDSHIPS))
    with whole(args.output) as temporary, temporary.open("wb") as file:
        np.save(file, netmf(graph, args.window, args.dimensions))


if __name__ == "__main__":
    program.run(main)
