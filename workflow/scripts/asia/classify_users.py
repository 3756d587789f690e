"""Score every region for the users of a fold by a model that is fitted, its settings chosen inside the fold.

Of several combinations of --grid, the best is that of the highest accuracy over all labelled users, train and
valid, each predicted from the others' labels in eight parts: the validation part's 763 users alone are too few to
tell. run.json's score on that part alone, by a fit without it, serves to compare models. No test label is an input.

    python workflow/scripts/asia/classify_users.py --users results/tables/asia/users.parquet \\
        --friendships results/tables/asia/friendships.parquet --embedding results/embeddings/asia/netmf.npy \\
        --train results/splits/region/fold_0/train.parquet --valid results/splits/region/fold_0/valid.parquet \\
        --model label_propagation --grid '{"alpha": [0.6, 0.7, 0.8]}' --output-folder my_run
"""

import time
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path

import numpy as np
from sklearn.model_selection import KFold

from lastfm_gnn.asia.problems import RegionProblem
from lastfm_gnn.asia.users import AsiaUsers, write_scores
from lastfm_gnn.core import program
from lastfm_gnn.core.model_files import model_file
from lastfm_gnn.core.run_record import add_identity, write_fitted
from lastfm_gnn.core.settings import Dataclass, combinations
from lastfm_gnn.data import tables
from lastfm_gnn.data.asia import REGIONS
from lastfm_gnn.metrics.regions import region_scores
from lastfm_gnn.metrics.selection import select

SEED = 0  # of what is random in a model; folds, not seeds, are repeated


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    for name in ("users", "friendships", "embedding", "train", "valid"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--likes", type=Path, help="what users bring; without it, no features")
    parser.add_argument("--model", required=True, help="a file of lastfm_gnn/asia/region_models")
    parser.add_argument("--grid", type=program.json_object, default={}, help="JSON: setting -> list of values")
    program.add_device(parser)
    add_identity(parser)
    parser.add_argument("--output-folder", type=Path, required=True, help="of scores.npz, trials.csv and run.json")
    args = parser.parse_args(argv)

    started = time.time()
    users = AsiaUsers(args.users, args.friendships)
    embedding, likes = users.embedding(args.embedding), users.likes(args.likes) if args.likes else None
    tables.expect_apart(args.train, args.valid)
    train, valid = (users.region_part(path) for path in (args.train, args.valid))
    model = model_file("lastfm_gnn.asia.region_models", args.model)

    def problem(labels: np.ndarray) -> RegionProblem:
        return RegionProblem(users.graph, embedding, labels, REGIONS, likes, args.device)

    labels = users.labels(train, valid)
    known = np.flatnonzero(labels >= 0)
    parts = [known[part] for _, part in KFold(8, shuffle=True, random_state=0).split(known)]
    hidden = [problem(np.where(np.isin(np.arange(len(labels)), part), -1, labels)) for part in parts]
    candidates = combinations(model.Settings, args.grid, f"config: region.models.{args.model}.grid")

    @cache
    def together() -> list[list[np.ndarray]]:
        return model.fit_many(hidden, candidates, SEED)

    def attempt(settings: Dataclass) -> Iterator[tuple[dict, dict[str, float], None]]:
        predicted = labels.copy()
        for number, (part, without) in enumerate(zip(parts, hidden, strict=True)):
            if hasattr(model, "fit_many"):
                scores = together()[number][candidates.index(settings)]
            else:
                scores = model.fit(without, settings, SEED)
            predicted[part] = scores[part].argmax(1)
        measured = region_scores(labels[known], predicted[known])
        yield {}, {f"labelled_{name}": value for name, value in measured.items()}, None

    if len(candidates) > 1:
        chosen = select(candidates, attempt, "labelled_accuracy")
        settings, trials, best = chosen.settings, chosen.trials, chosen.best
    else:
        settings, trials, best = candidates[0], [asdict(candidates[0])], 0
    valid_scores = model.fit(problem(users.labels(train)), settings, SEED)[valid.rows]
    of_valid = region_scores(valid.region, valid_scores.argmax(1))
    trials[best] |= {f"valid_{name}": value for name, value in of_valid.items()}
    scored = users.others(np.ones(len(users), dtype=bool), train, valid)
    final = model.fit(problem(labels), settings, SEED)[scored]

    user_id, valid_user_id = users.user_id[scored], users.user_id[valid.rows]
    write_scores(args.output_folder / "scores.npz", user_id, final, valid_user_id, valid_scores)
    identity = args.identity | {"variant": args.model}
    write_fitted(args.output_folder, identity, trials, best, [args.train, args.valid], started)


if __name__ == "__main__":
    program.run(main)
