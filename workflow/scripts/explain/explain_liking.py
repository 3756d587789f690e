"""Which of a user's listens, and which other listeners of the artist, carry a predicted liking.

The effect of each is what the champion's prediction loses without that score: statistics, graph and messages are made
without it, and nothing is trained. A user and artist take some minutes, a second or two for each prediction.

    python workflow/scripts/explain/explain_liking.py --user 2 --artist 89 \\
        --output-folder results/explanations/liking/mine

Without --artist it is the first that recommend_artists recommends to the user. Writes liking.csv,
liking_fidelity.csv and liking.png, and prints the largest effects.
"""

from pathlib import Path

import numpy as np
from tqdm import tqdm

from lastfm_gnn.core import program
from lastfm_gnn.core.plotting import figure
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.explain.explanations import importance_rows, write_explanations
from lastfm_gnn.explain.fidelity import fidelity
from lastfm_gnn.explain.figures import fidelity_panel, signed_bars
from lastfm_gnn.explain.liking import ExplainedLiking
from lastfm_gnn.recommend.artists import Recommender, user_names, user_number
from lastfm_gnn.recommend.champion import Champion

PRINTED = 10


def first_recommended(recommendations: Path, user_id: int) -> int:
    recommended = tables.read(recommendations, tables.RECOMMENDED_ARTISTS)
    recommended = recommended[(recommended.user_id == user_id) & (recommended["rank"] == 1)]
    if recommended.empty:
        raise InputError(f"{recommendations}: nothing for user {user_id}; say which --artist, or make it again")
    return int(recommended.artist_id.iloc[0])


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument(
        "--user", required=True, help="an id of the data; a name, where the data are your own listens"
    )
    parser.add_argument("--artist", type=int, help="id; by default the first recommended")
    parser.add_argument(
        "--neighbours", type=program.positive, default=20, help="listeners of the artist, the nearest; 20"
    )
    parser.add_argument(
        "--sizes", type=program.positive, nargs="+", default=[1, 3, 10], help="scores taken away, or left"
    )
    parser.add_argument(
        "--draws", type=program.positive, default=19, help="of random scores; with fewer than 19 nothing beats them"
    )
    parser.add_argument("--tables", type=Path, default=Path("results/tables/hetrec"), help="folder of the tables")
    parser.add_argument("--champion", type=Path, default=Path("results/champion"), help="folder of choose_champion")
    parser.add_argument(
        "--recommendations",
        type=Path,
        help="without --artist; recommendations/artists.parquet beside the champion's folder",
    )
    parser.add_argument("--output-folder", type=Path, required=True)
    args = parser.parse_args(argv)

    champion = Champion(args.champion, args.tables)
    args.output_folder.mkdir(parents=True, exist_ok=True)  # rather than after minutes
    recommender = Recommender.load(args.tables, champion)
    recommendations = args.recommendations or args.champion.parent / "recommendations/artists.parquet"
    user = user_number(args.user, args.tables, recommender.user_id)
    artist_id = first_recommended(recommendations, recommender.user_id[user]) if args.artist is None else args.artist
    if artist_id not in recommender.artist_id:
        raise InputError(f"--artist {artist_id}: not in the data; ids stand in {args.tables}/artists.parquet")
    artist = int(np.flatnonzero(recommender.artist_id == artist_id)[0])

    explained = ExplainedLiking(champion, recommender, user, artist, args.neighbours)
    parts = explained.names(user_names(args.tables, recommender.user_id))
    if not parts:
        raise InputError(
            f"--user {args.user}, --artist {artist_id}: no other listen, and no other listener, to explain by"
        )
    bar = tqdm(desc="predictions", unit="", disable=None)

    def predicted(kept: np.ndarray) -> float:
        bar.update()
        return explained.predicted(kept)

    full = predicted(np.ones(len(parts), dtype=bool))
    effect = np.array([full - predicted(np.arange(len(parts)) != part) for part in range(len(parts))])
    subject = {
        "what": "liking",
        "subject": f"user {args.user}",
        "prediction": recommender.names[artist],
        "score": full,
    }

    fidelities = fidelity(predicted, effect, args.sizes, args.draws, user).assign(**subject)
    bar.close()
    part_type = np.repeat(["listen", "listener"], [len(explained.listens), len(explained.listeners)])
    rows = importance_rows(subject, parts, np.abs(effect), effect=effect, part_type=part_type)
    write_explanations(args.output_folder, "liking", rows, fidelities)
    source, model = (champion.record["identity"][name] for name in ("source", "variant"))
    note = tables.source_note(source)
    title = f"user {args.user}, {subject['prediction']}: predicted liking {full:.2f}, {model}{note}"
    with figure(args.output_folder / "liking.png", title, 2, width=9, height=4) as axes:
        signed_bars(axes[0], parts, effect, "listens and listeners (their liking)")
        fidelity_panel(axes[1], fidelities, "what speaks for it", "fall of the predicted liking")
    print(rows[["part_type", "part", "effect"]].head(PRINTED).to_string(index=False, float_format="%.4f"))


if __name__ == "__main__":
    program.run(main)
