"""Write the lists from which rankers on other models' scores learn, for all leagues of a seed and all such rankers.

A part of the training listens is hidden, models are fitted on what remains, and what they say of every user's
candidates is written; so --folds times, each time with another part hidden. Scores of models that see listens alone
are the same in all leagues, and are computed once.

    split=results/splits/ranking/strict_0
    python workflow/scripts/ranking/describe_lists.py --users results/tables/hetrec/users.parquet \\
        --artists results/tables/hetrec/artists.parquet --train $split/train.parquet --leagues listens \\
        --walks listens --candidates 100 --folds 6 --seed 0 --output-folder my_lists
"""

from pathlib import Path

from lastfm_gnn.core import program
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data.listens import ListenData
from lastfm_gnn.ranking.lists import TENTHS, made_of, write_lists
from lastfm_gnn.ranking.problem import LEAGUES, RankingProblem
from lastfm_gnn.ranking.rivals import make_rival_lists


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    for name in ("users", "artists", "train"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--friends", type=Path, help="needed by every league but that of listens")
    parser.add_argument("--tag-assignments", type=Path, help="needed by every league but that of listens")
    parser.add_argument("--leagues", nargs="+", choices=LEAGUES, required=True, help="what beside listens is known")
    parser.add_argument("--walks", nargs="*", choices=LEAGUES, default=[], help="those of them with walk features")
    parser.add_argument("--candidates", type=program.positive, required=True, help="of a user")
    parser.add_argument(
        "--folds", type=program.whole_number(1, TENTHS), required=True, help="parts that are hidden in turn"
    )
    parser.add_argument("--seed", type=program.seed, required=True)
    parser.add_argument("--output-folder", type=Path, required=True, help="of <league>.npz")
    args = parser.parse_args(argv)

    known = bool(args.friends and args.tag_assignments)
    if not known and (lacking := set(args.leagues) - {"listens"}):
        raise InputError(f"the league {min(lacking)} needs --friends and --tag-assignments")
    data = ListenData(args.users, args.artists, args.seed)
    train = data.plays(args.train)
    side = data.side(args.friends, args.tag_assignments) if known else None
    problems = [RankingProblem(train, None if league == "listens" else side, league) for league in args.leagues]
    walks = [league in args.walks for league in args.leagues]
    made = make_rival_lists(problems, walks, args.seed, args.candidates, args.folds)
    for problem, lists in zip(problems, made, strict=True):
        path = args.output_folder / f"{problem.league}.npz"
        write_lists(path, lists, made_of(problem, args.seed, args.candidates, args.folds))
        print(f"{problem.league}: {len(lists.inputs)} lists, {lists.inputs.shape[2]} features")


if __name__ == "__main__":
    program.run(main)
