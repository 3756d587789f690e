"""Recommend artists whom a user does not listen to yet, with predicted liking, and the reasons: listens and friends.

    python workflow/scripts/recommend/recommend_artists.py --user 2 --top 10
    python workflow/scripts/recommend/recommend_artists.py --plays my_plays.csv --format csv
    python workflow/scripts/recommend/recommend_artists.py --user 2 --tilt -0.15 --variety 0.3

The second is for someone who is not in the data: a CSV of artist and count, a line an artist, or a listening history
as Spotify, Last.fm, ListenBrainz, Apple Music or a player gives it (files, folders, zips: docs/usage.md). Nothing is
trained. The third asks for rarer artists, as the page's slider does, and for artists who are less alike. For another
program, --requests answers each line of JSON on stdin by one on stdout, as recommend/requests.py has them:

    echo '{"plays": {"Björk": 120}}' | python workflow/scripts/recommend/recommend_artists.py --requests

The rule recommends to all users, as Parquet:

    python workflow/scripts/recommend/recommend_artists.py --top 20 --output results/recommendations/artists.parquet
"""

import sys
from pathlib import Path

import numpy as np

from lastfm_gnn.core import program
from lastfm_gnn.core.files import whole
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.data.liking_scores import liking_scores
from lastfm_gnn.data.plays import read_plays
from lastfm_gnn.recommend.artists import Recommender, user_number
from lastfm_gnn.recommend.champion import Champion
from lastfm_gnn.recommend.display import FORMATS, show, utf_8
from lastfm_gnn.recommend.filter_run import FilterRun
from lastfm_gnn.recommend.names import played, table_of
from lastfm_gnn.recommend.requests import USUAL, Answers, answers_of

LISTED = 10  # names that are not found, or guessed


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    whom = parser.add_mutually_exclusive_group(required=True)
    whom.add_argument("--user", help="an id of the data; a name, where the data are your own listens")
    whom.add_argument("--plays", type=Path, nargs="+", help="a listening history: files, folders, zips; or a CSV")
    whom.add_argument("--requests", action="store_true", help="lines of JSON on stdin, answered on stdout")
    whom.add_argument("--output", type=Path, help="Parquet of all users' lists")
    parser.add_argument(
        "--matches", type=Path, help="CSV of which artist of the data each one of --plays is taken for"
    )
    parser.add_argument("--top", type=int, help=f"artists a user; {USUAL} by default")
    parser.add_argument(
        "--tilt",
        type=program.number(-0.8, 0.8),
        default=0.0,
        help="the page's slider: scores times this power of an artist's listeners; below 0 for rarer artists",
    )
    parser.add_argument(
        "--variety",
        type=program.number(0, 0.8),
        default=0.0,
        help="weight of being unlike those before in the list, who share listeners, against the score",
    )
    parser.add_argument("--format", choices=FORMATS, default="table")
    parser.add_argument("--tables", type=Path, default=Path("results/tables/hetrec"), help="folder of the tables")
    parser.add_argument("--champion", type=Path, default=Path("results/champion"), help="folder of choose_champion")
    parser.add_argument(
        "--filter-run",
        type=Path,
        help="run.json of the graph filter, in the place of a champion: no liking is predicted",
    )
    parser.add_argument("--score", choices=("ln", "log1p"), default="ln", help="of liking, as in the config")
    args = parser.parse_args(argv)

    if args.matches and not args.plays:
        raise InputError("--matches: says what --plays are taken for; give both, or neither")

    if args.requests and args.top is not None:
        raise InputError("--top: each of the --requests says its own")

    if args.output and args.filter_run:
        raise InputError("--output: has the predicted liking; give --champion, and no --filter-run")

    chosen = FilterRun.read(args.filter_run) if args.filter_run else Champion(args.champion, args.tables)
    known = recommender = Recommender.load(args.tables, chosen)
    if args.requests:
        utf_8()
        for line in answers_of(sys.stdin.buffer, Answers(recommender, args.tables)):
            print(line, flush=True)
        return
    if args.user is not None:
        users = np.array([user_number(args.user, args.tables, recommender.user_id)])
    elif args.plays:
        recommender = join(recommender, args.plays, args.tables, args.score, args.matches)
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

    recommended = recommender.best(known.filter(args.tilt), users, top, args.variety)
    if args.output:
        tables.write(
            args.output, recommended, tables.RECOMMENDED_ARTISTS, tables.source_of(args.tables / "listens.parquet")
        )
    else:
        show(recommended.drop(columns="user_id"), args.format)


def join(recommender: Recommender, paths: list[Path], folder: Path, score: str, output: Path | None) -> Recommender:
    """Joined by the person whose plays are in the files. What was read, and names that are not found, or are guessed,
    go to stderr; what each is taken for, to `output`."""
    read = read_plays(paths)
    print(read.read, file=sys.stderr)
    matches = recommender.artist_names(folder).find(read.counts, read.mbids)
    if output:
        table = table_of(read, matches, recommender.artist_id, recommender.names)
        with whole(output) as temporary:
            table.to_csv(temporary, index=False)
    found = played(read.counts, matches)
    several("not found", found.not_found)
    several("taken for", [f"{name} for {recommender.names[number]}" for name, number in found.taken_for.items()])
    if not len(found.artist):
        raise InputError(
            f"{paths[0]}: none of its {len(matches)} artists is in the data; names are as in {folder}/artists.parquet"
        )
    return recommender.joined_by(found, liking_scores(np.zeros(len(found.count)), found.count, score))


def several(what: str, names: list[str]) -> None:
    """Say it on stderr of the first of these, if there are some."""
    if names:
        more = f" and {len(names) - LISTED} more (--matches lists all)" if len(names) > LISTED else ""
        print(f"{what}: {', '.join(names[:LISTED])}{more}", file=sys.stderr)


if __name__ == "__main__":
    program.run(main)
