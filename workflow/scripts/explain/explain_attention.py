"""Whom a network of attention attends to, beside the 1/k that no attention would give, and whether it matters.

Importance of a friend: attention into the user, mean over layers and heads; beside it uniform, 1/k, and artists, the
length of the friend's list as the network sees it. An edge that is removed is gone from the graph. Writes
attention.csv, attention_fidelity.csv and attention_<user>.png for every user.

    run=results/runs/region/partial/gat_1/published_0
    python workflow/scripts/explain/explain_attention.py --network $run/network.pt --users 1005 --sizes 1 3 10 \\
        --draws 99 --title "gat_1, published_0" --output-folder my_explanations
"""

from argparse import Namespace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from lastfm_gnn.asia.snapshot import SeenNetwork, read_seen
from lastfm_gnn.core import program
from lastfm_gnn.core.plotting import figure
from lastfm_gnn.explain.explanations import explain_each, importance_rows, label, write_explanations
from lastfm_gnn.explain.fidelity import fidelity
from lastfm_gnn.explain.figures import DRAWN, fidelity_panel, star
from lastfm_gnn.explain.masked_prediction import MaskedPrediction


def explain(seen: SeenNetwork, user: int, row: int, args: Namespace) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Importances and fidelities of one user, and their figure."""
    prediction = MaskedPrediction(seen, np.array([row]))
    near, attention = prediction.attention()
    uniform = 1 / len(near)
    friends, share, own = near[near != row], attention[near != row], attention[near == row][0]
    source, target = prediction.graph.edges
    into = np.flatnonzero(target == row)
    into = into[np.argsort(source[into])]
    lists = np.zeros(len(near)) if seen.likes is None else seen.likes[near].sum(1)

    def probability(kept: np.ndarray) -> float:
        edges = np.ones(len(source), dtype=bool)
        edges[into] = kept
        return prediction.probability("edges", edges)

    subject = label("attention", f"user {user}", prediction, seen)
    fidelities = fidelity(probability, share, args.sizes, args.draws, user).assign(**subject)
    best = np.argsort(-share, kind="stable")[:DRAWN]
    names, brings = seen.user_id[friends[best]].astype(str).tolist(), lists[near != row][best] > 0
    title = f"user {user}, {subject['prediction']} ({subject['score']:.2f}): {args.title}"
    widest = max(share.max(initial=0), uniform)
    shown = {"attention": (share[best], own), "uniform, 1/k": (np.full(len(best), uniform), uniform)}
    with figure(args.output_folder / f"attention_{user}.png", title, 3, width=11, height=4.2) as axes:
        for axis, (name, (thickness, self_share)) in zip(axes, shown.items(), strict=False):
            few = f"{name}: {len(best)} of {len(friends)} friends; own {self_share:.3f}; grey: no list"
            star(axis, str(user), names, thickness, brings, widest, few)
        fidelity_panel(axes[2], fidelities, "friends")
    parts = [f"user {one}" for one in seen.user_id[near]]
    return importance_rows(subject, parts, attention, uniform=uniform, artists=lists.astype(int)), fidelities


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--network", type=Path, required=True, help="--seen-network of train_user_network")
    parser.add_argument("--users", type=int, nargs="+", required=True, help="ids")
    parser.add_argument(
        "--sizes", type=program.positive, nargs="+", required=True, help="friends that are removed, or left"
    )
    parser.add_argument("--draws", type=program.positive, required=True, help="of random friends")
    parser.add_argument("--title", required=True, help="of the figures")
    parser.add_argument("--output-folder", type=Path, required=True)
    args = parser.parse_args(argv)

    seen = read_seen(args.network)
    write_explanations(args.output_folder, "attention", *explain_each(seen, args.users, partial(explain, args=args)))


if __name__ == "__main__":
    program.run(main)
