"""Draw what the listens look like: Figure 1 of the paper, the degrees, and the liking scores.

    python workflow/scripts/data/explore_listens.py --listens results/tables/hetrec/listens.parquet \\
        --output-folder results/figures
"""

from pathlib import Path

import numpy as np
import pandas as pd

from lastfm_gnn.core import program
from lastfm_gnn.core.plotting import BLUE, ORANGE, figure
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables


def draw_counts(path: Path, listens: pd.DataFrame, user: int, note: str) -> None:
    """Figure 1 of the paper: one user's counts, raw and after the log, most played artist first."""
    counts = listens.loc[listens.user_id == user, "count"].sort_values(ascending=False).to_numpy()
    if not len(counts):
        raise InputError(f"user {user} is in no listen; choose another --user")
    with figure(path, f"What user {user} played{note}", 2, vector=True) as (raw, log):
        rank = np.arange(1, len(counts) + 1)
        raw.bar(rank, counts, color=BLUE)
        raw.set(title="(a) raw count", xlabel="artist, by rank", ylabel="plays")
        log.bar(rank, np.log(counts), color=BLUE)
        log.set(title="(b) after the log", xlabel="artist, by rank", ylabel="ln(plays)")


def draw_degrees(path: Path, listens: pd.DataFrame, note: str) -> None:
    with figure(path, f"Artists per user, listeners per artist{note}", 2, vector=True) as (users, artists):
        per_user = listens.user_id.value_counts()
        users.hist(per_user, bins=np.arange(0.5, per_user.max() + 1.5), color=BLUE)
        users.set(xlabel="artists of a user", ylabel="users", yscale="log")
        degree, count = np.unique(listens.artist_id.value_counts(), return_counts=True)
        artists.loglog(degree, count, "o", color=ORANGE, markersize=3)
        artists.set(xlabel="listeners of an artist", ylabel="artists")


def draw_scores(path: Path, listens: pd.DataFrame, note: str) -> None:
    with figure(path, f"Liking scores{note}", 2, vector=True) as (scores, means):
        scores.hist(listens.liking, bins=50, color=BLUE)
        scores.set(title="every listen", xlabel="liking", ylabel="listens")
        means.hist(listens.groupby("user_id").liking.mean(), bins=50, color=ORANGE)
        means.set(title="mean of each user", xlabel="liking", ylabel="users")


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--listens", type=Path, required=True)
    parser.add_argument("--user", type=int, help="of Figure 1 (default: the smallest id)")
    parser.add_argument("--output-folder", type=Path, required=True)
    args = parser.parse_args(argv)

    listens = tables.read(args.listens, tables.LISTENS)
    source = tables.source_of(args.listens)
    note = tables.source_note(source)
    user = listens.user_id.min() if args.user is None else args.user
    draw_counts(args.output_folder / "counts.png", listens, user, note)
    draw_degrees(args.output_folder / "degrees.png", listens, note)
    draw_scores(args.output_folder / "scores.png", listens, note)


if __name__ == "__main__":
    program.run(main)
