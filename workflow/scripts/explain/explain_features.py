"""Which features the predictions of a whole set of users rest on: one mask for all, by GNNExplainer.

The set is the users that the run scores, none of whom it was trained on. Writes features.csv, features_fidelity.csv
and features.png.

    run=results/runs/region/partial/gcn/published_0
    python workflow/scripts/explain/explain_features.py --network $run/network.pt --sizes 10 30 100 --draws 99 \\
        --explainer '{"steps": 200, "learning_rate": 0.1, "size_weight": 1, "entropy_weight": 0.1}' \\
        --title "gcn, published_0" --output-folder my_explanations
"""

from functools import partial
from pathlib import Path

import numpy as np

from lastfm_gnn.asia.snapshot import read_seen
from lastfm_gnn.core import program
from lastfm_gnn.core.plotting import figure
from lastfm_gnn.explain.explainer import learn_masks, settings
from lastfm_gnn.explain.explanations import importance_rows, label, write_explanations
from lastfm_gnn.explain.fidelity import fidelity
from lastfm_gnn.explain.figures import bars, fidelity_panel
from lastfm_gnn.explain.masked_prediction import MaskedPrediction


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--network", type=Path, required=True, help="--seen-network of train_user_network")
    parser.add_argument(
        "--sizes", type=program.positive, nargs="+", required=True, help="features that are removed, or left"
    )
    parser.add_argument("--explainer", type=settings, required=True, help="JSON: settings of learn_masks()")
    parser.add_argument("--draws", type=program.positive, required=True, help="of random features")
    parser.add_argument("--title", required=True, help="of the figure")
    parser.add_argument("--output-folder", type=Path, required=True)
    args = parser.parse_args(argv)

    seen = read_seen(args.network)
    prediction = MaskedPrediction(seen, seen.scored)
    parts = np.array(seen.feature_names())[prediction.features].tolist()
    (mask,) = learn_masks(prediction.log_probability, [len(parts)], args.explainer, seed=0)
    fidelities = fidelity(partial(prediction.probability, "features"), mask, args.sizes, args.draws, seed=0)
    subject = label("features", f"{len(seen.scored)} users", prediction, seen)
    with figure(args.output_folder / "features.png", f"{subject['subject']}: {args.title}", 2, height=3.8) as axes:
        bars(axes[0], parts, mask, "features")
        fidelity_panel(axes[1], fidelities, "features")
    write_explanations(
        args.output_folder, "features", importance_rows(subject, parts, mask), fidelities.assign(**subject)
    )


if __name__ == "__main__":
    program.run(main)
