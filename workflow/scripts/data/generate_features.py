"""Make up a list of artists for every user of LastFM Asia: the official file's size and shape, and nothing real.

An artist has a popularity, which differs by region, a user a place near their friends', and a user's list is drawn
without replacement. Regions and friendships are the real ones.

    python workflow/scripts/data/generate_features.py --raw results/raw/asia --output lastfm_asia_features.json
"""

import json
from pathlib import Path

import numpy as np

from lastfm_gnn.core import program
from lastfm_gnn.core.files import whole
from lastfm_gnn.data import asia
from lastfm_gnn.data.friendships import FriendGraph

SEED = 2020
MEAN_LIKES, TASTES = 390, 16


def draw_lists(region: np.ndarray, graph: FriendGraph, random: np.random.Generator) -> list[np.ndarray]:
    """Sorted artists of every user, about 390 each, all 7,842 in some list."""
    popularity = random.normal(0, 1.2, asia.ARTISTS) + random.normal(0, 0.8, (asia.REGIONS, asia.ARTISTS))
    taste = random.normal(size=(len(region), TASTES))
    for _ in range(2):
        taste = taste + graph.adjacency @ taste / np.maximum(graph.degree, 1)[:, None]
    taste /= taste.std()
    style = random.normal(0, 0.3, (asia.ARTISTS, TASTES))
    count = np.clip(random.lognormal(np.log(MEAN_LIKES) - 0.245, 0.7, len(region)), 1, 1500).astype(int)
    lists = []
    for user, own_region in enumerate(region):
        # Gumbel's trick draws without replacement, in proportion to the exponential
        key = popularity[own_region] + style @ taste[user] + random.gumbel(size=asia.ARTISTS)
        key[user :: len(region)] = np.inf  # so that nobody is without a list that has them
        lists.append(np.sort(np.argpartition(-key, count[user])[: count[user]]))
    return lists


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="folder of edges and target")
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args(argv)

    users = asia.read_users(args.raw / asia.TARGET)
    friendships = asia.read_friendships(args.raw / asia.EDGES, set(users.user_id))
    graph = FriendGraph(users.user_id.to_numpy(), friendships)
    lists = draw_lists(users.region.to_numpy(), graph, np.random.default_rng(SEED))
    content = {str(user): artists.tolist() for user, artists in zip(users.user_id, lists, strict=True)}
    with whole(args.output) as temporary:
        temporary.write_text(json.dumps(content), encoding="utf-8")
    print(f"generated: {len(lists)} lists, {sum(map(len, lists))} likes")


if __name__ == "__main__":
    program.run(main)
