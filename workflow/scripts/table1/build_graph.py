"""Build the undirected graph that carries a split's messages, with the liking scores on its edges.

Under the strict protocol --pairs is the training part alone. Under the published one it is all three parts:
the authors' message graph, which leaks.

    python workflow/scripts/table1/build_graph.py --users results/tables/hetrec/users.parquet \\
        --artists results/tables/hetrec/artists.parquet --pairs results/splits/liking/strict_0/train.parquet \\
        --output results/graphs/liking/strict_0/graph.npz
"""

from pathlib import Path

import pandas as pd

from lastfm_gnn.core import program
from lastfm_gnn.data import tables
from lastfm_gnn.table1.graphs import build_graph, save_graph


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--users", type=Path, required=True)
    parser.add_argument("--artists", type=Path, required=True)
    parser.add_argument("--pairs", type=Path, nargs="+", required=True, help="the parts whose pairs carry messages")
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args(argv)

    users = tables.read(args.users, tables.USERS)
    artists = tables.read(args.artists, tables.ARTISTS)
    pairs = pd.concat([tables.read(part, tables.PAIRS, tables.DIRECTED_PAIRS) for part in args.pairs])
    graph = build_graph(users.user_id.sort_values().to_numpy(), artists.artist_id.sort_values().to_numpy(), pairs)
    save_graph(args.output, graph)
    print(f"{graph.num_nodes} nodes, {graph.num_edges} directed edges")


if __name__ == "__main__":
    program.run(main)
