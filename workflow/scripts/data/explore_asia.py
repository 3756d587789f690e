"""Draw what the friendships of LastFM Asia look like: how they mix regions, degrees, and artists per user.

    python workflow/scripts/data/explore_asia.py --users results/tables/asia/users.parquet \\
        --regions results/tables/asia/regions.parquet \\
        --friendships results/tables/asia/friendships.parquet --likes results/tables/asia/likes.parquet \\
        --output-folder results/figures
"""

from pathlib import Path

import numpy as np
import pandas as pd

from lastfm_gnn.core import program
from lastfm_gnn.core.plotting import BLUE, ORANGE, figure
from lastfm_gnn.data import tables


def mixing(regions: pd.DataFrame, friendships: pd.DataFrame) -> np.ndarray:
    """Share of the friends of each region's users (row) that live in each region (column); rows sum to 1."""
    region = regions.set_index("user_id").region
    ends = region[friendships.user_id].to_numpy(), region[friendships.friend_id].to_numpy()
    counts = np.zeros((regions.region.max() + 1,) * 2)
    np.add.at(counts, ends, 1)
    counts += counts.T
    return counts / np.maximum(counts.sum(1, keepdims=True), 1)


def draw_mixing(path: Path, regions: pd.DataFrame, friendships: pd.DataFrame) -> None:
    shares = mixing(regions, friendships)
    with figure(path, "Friends by region", 2, height=3.6, vector=True) as (matrix, sizes):
        image = matrix.imshow(shares, cmap="viridis", vmin=0, vmax=1)
        matrix.set(xlabel="region of the friend", ylabel="region of the user")
        matrix.grid(False)
        matrix.figure.colorbar(image, ax=matrix, label="share of friends")
        sizes.bar(
            range(len(shares)), regions.region.value_counts().reindex(range(len(shares)), fill_value=0), color=BLUE
        )
        sizes.set(xlabel="region", ylabel="users")


def draw_degrees(path: Path, users: pd.DataFrame, friendships: pd.DataFrame, likes: pd.DataFrame) -> None:
    known = int(users.list_known.sum())
    with figure(path, "Friends and artists per user", 2, vector=True) as (friends, artists):
        ends = pd.concat([friendships.user_id, friendships.friend_id]).value_counts()
        degree, count = np.unique(ends.reindex(users.user_id, fill_value=0), return_counts=True)
        friends.loglog(degree, count, "o", color=ORANGE, markersize=3)
        friends.set(xlabel="friends of a user", ylabel="users")
        per_user = likes.user_id.value_counts().reindex(users.user_id[users.list_known], fill_value=0)
        artists.hist(per_user, bins=40, color=BLUE)
        artists.set(xlabel="artists of a user", ylabel="users", title=f"the {known} users whose lists are known")


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--users", type=Path, required=True)
    parser.add_argument("--regions", type=Path, required=True)
    parser.add_argument("--friendships", type=Path, required=True)
    parser.add_argument("--likes", type=Path, required=True)
    parser.add_argument("--output-folder", type=Path, required=True)
    args = parser.parse_args(argv)

    users = tables.read(args.users, tables.ASIA_USERS)
    friendships = tables.read(args.friendships, tables.FRIENDSHIPS)
    regions = tables.read(args.regions, tables.USER_REGIONS)
    draw_mixing(args.output_folder / "asia_mixing.png", regions, friendships)
    draw_degrees(args.output_folder / "asia_degrees.png", users, friendships, tables.read(args.likes, tables.LIKES))


if __name__ == "__main__":
    program.run(main)
