"""Which artists, places in the graph and friendships a prediction of chosen users rests on: GNNExplainer.

Of a network of regions, the region that it tells; of a network of artists, the artist of the highest score, with the
user's own list hidden. Features and edges have their masks at once; each kind then has its fidelity. Writes
users.csv, users_fidelity.csv and users_<user>.png for every user.

    run=results/runs/region/partial/gcn/published_0
    python workflow/scripts/explain/explain_users.py --network $run/network.pt --users 1005 \\
        --feature-sizes 10 30 100 --edge-sizes 1 3 10 --draws 99 --title "gcn, published_0" \\
        --output-folder my_explanations \\
        --explainer '{"steps": 200, "learning_rate": 0.1, "size_weight": 1, "entropy_weight": 0.1}'
"""

from argparse import Namespace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from lastfm_gnn.asia.snapshot import SeenNetwork, read_seen
from lastfm_gnn.core import program
from lastfm_gnn.core.plotting import figure
from lastfm_gnn.explain.explainer import learn_masks, settings
from lastfm_gnn.explain.explanations import explain_each, importance_rows, label, write_explanations
from lastfm_gnn.explain.fidelity import fidelity
from lastfm_gnn.explain.figures import bars, fidelity_panel
from lastfm_gnn.explain.masked_prediction import MaskedPrediction


def explain(seen: SeenNetwork, user: int, row: int, args: Namespace) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Importances and fidelities of one user, and their figure."""
    prediction = MaskedPrediction(seen, np.array([row]))
    source, target = seen.user_id[prediction.graph.edges]
    names = np.array(seen.feature_names())[prediction.features].tolist()
    parts = {"features": names, "edges": [f"{one} → {other}" for one, other in zip(source, target, strict=True)]}
    sizes = {"features": args.feature_sizes, "edges": args.edge_sizes}
    masks = learn_masks(prediction.log_probability, [len(part) for part in parts.values()], args.explainer, seed=user)
    importances, fidelities = [], {}
    for (what, part), mask in zip(parts.items(), masks, strict=True):
        subject = label(what, f"user {user}", prediction, seen)
        importances.append(importance_rows(subject, part, mask))
        probability = partial(prediction.probability, what)
        fidelities[what] = fidelity(probability, mask, sizes[what], args.draws, user).assign(**subject)
    title = f"user {user}, {subject['prediction']} ({subject['score']:.2f}): {args.title}"
    with figure(args.output_folder / f"users_{user}.png", title, 4, width=13, height=3.8) as axes:
        for place, (what, mask) in enumerate(zip(parts, masks, strict=True)):
            bars(axes[2 * place], parts[what], mask, what)
            fidelity_panel(axes[2 * place + 1], fidelities[what], what)
    return pd.concat(importances), pd.concat(fidelities.values())


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--network", type=Path, required=True, help="--seen-network of train_user_network")
    parser.add_argument("--users", type=int, nargs="+", required=True, help="ids")
    parser.add_argument(
        "--feature-sizes", type=program.positive, nargs="+", required=True, help="features removed, or left"
    )
    parser.add_argument(
        "--edge-sizes", type=program.positive, nargs="+", required=True, help="edges removed, or left"
    )
    parser.add_argument("--explainer", type=settings, required=True, help="JSON: settings of learn_masks()")
    parser.add_argument("--draws", type=program.positive, required=True, help="of random parts")
    parser.add_argument("--title", required=True, help="of the figures")
    parser.add_argument("--output-folder", type=Path, required=True)
    args = parser.parse_args(argv)

    seen = read_seen(args.network)
    write_explanations(args.output_folder, "users", *explain_each(seen, args.users, partial(explain, args=args)))


if __name__ == "__main__":
    program.run(main)
