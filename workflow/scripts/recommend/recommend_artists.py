"""Recommend artists whom a user does not listen to yet, with predicted liking, and the reasons: listens and friends.

    python workflow/scripts/recommend/recommend_artists.py --user 2 --top 10
    python workflow/scripts/recommend/recommend_artists.py --plays my_plays.csv --format csv

The second is for someone who is not in the data: a CSV of artist and count, a line an artist. Nothing is trained. The
rule recommends to all users, as Parquet:

    python workflow/scripts/recommend/recommend_artists.py --top 20 --output results/recommendations/artists.parquet
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from lastfm_gnn.core import program
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.data.liking_scores import liking_scores
from lastfm_gnn.recommend import plays
from lastfm_gnn.recommend.artists import Recommender, user_number
from lastfm_gnn.recommend.champion import Champion
from lastfm_gnn.recommend.display import FORMATS, show

USUAL = 10  # artists a user, or as many as there are
LISTED = 10  # names that are not found


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    whom = parser.add_mutually_exclusive_group(required=True)
    whom.add_argument("--user", help="an id of the data; a name, where the data are your own listens")
    whom.add_argument("--plays", type=Path, help="CSV of artist and count")
    whom.add_argument("--output", type=Path, help="Parquet of all users' lists")
    parser.add_argument("--top", type=int, help=f"artists a user; {USUAL} by default")
    parser.add_argument("--format", choices=FORMATS, default="table")
    parser.add_argument("--tables", type=Path, default=Path("results/tables/hetrec"), help="folder of the tables")
    parser.add_argument("--champion", type=Path, default=Path("results/champion"), help="folder of choose_champion")
    parser.add_argument("--score", choices=("ln", "log1p"), default="ln", help="of liking, as in the config")
    args = parser.parse_args(argv)

    champion = Champion(args.champion, args.tables)
    recommender = Recommender.load(args.tables, champion)
    if args.user is not None:
        users = np.array([user_number(args.user, args.tables, recommender.user_id)])
    elif args.plays:
        recommender = join(recommender, args.plays, args.tables, args.score)
        users = np.array([len(recommender.user_id) - 1])
    else:
        users = np.argsort(recommender.user_id)
    artists = recommender.plays.shape[1]
    most = artists - int(np.diff(recommender.plays.indptr)[users].min())
    if not most:
        raise InputError(f"{args.tables}: nothing to recommend, all {artists} artists are listened to")
    top = min(USUAL if args.top is None else args.top, most) if args.output or args.top is None else args.top
    if not 1 <= top <= most:
        raise InputError(f"--top {top}: ask for 1 to {most} artists, so many are not listened to yet")

    recommended = recommender.best(users, top)
    if args.output:
        tables.write(
            args.output, recommended, tables.RECOMMENDED_ARTISTS, tables.source_of(args.tables / "listens.parquet")
        )
    else:
        show(recommended.drop(columns="user_id"), args.format)


def join(recommender: Recommender, path: Path, folder: Path, score: str) -> Recommender:
    """Joined by the person whose plays are in the file. Names that are not found, or are guessed, go to stderr."""
    played = plays.read_plays(path)
    listeners = np.bincount(recommender.plays.indices, minlength=len(recommender.artist_id))
    artists = pd.DataFrame({"number": range(len(listeners)), "name": recommender.names, "listeners": listeners})
    number_of = plays.find_artists(list(played), artists)
    if unknown := [name for name, number in number_of.items() if number is None]:
        more = f" and {len(unknown) - LISTED} more" if len(unknown) > LISTED else ""
        print(f"not found: {', '.join(unknown[:LISTED])}{more}", file=sys.stderr)
    counts: dict[int, int] = {}
    for name, number in number_of.items():
        if number is not None:
            counts[number] = counts.get(number, 0) + played[name]
            if name.casefold() != recommender.names[number].casefold():
                print(f"{name} is taken for {recommender.names[number]}", file=sys.stderr)
    if not counts:
        raise InputError(
            f"{path}: none of its {len(played)} artists is in the data; names are as in {folder}/artists.parquet"
        )
    of_artists, count = np.array(list(counts)), np.array(list(counts.values()))
    return recommender.joined_by(of_artists, count, liking_scores(np.zeros(len(count)), count, score))


if __name__ == "__main__":
    program.run(main)
