"""Measure one model's ranked artists on the test part of its split; peek_ranking and make_diversity read it, too.

What a user has in train or valid is taken from the lists. Means over users with a test artist; coverage, novelty and
similarity: how varied the lists are (lastfm_gnn/metrics/diversity.py). A user is cold, medium or hot by their number
of training plays; of the test artists of each third by training listeners, recall_10_<third>_artists is the share
that is recommended.

    split=results/splits/ranking/strict_0
    python workflow/scripts/ranking/evaluate_ranking.py --best my_run/best.parquet --train $split/train.parquet \\
        --valid $split/valid.parquet --test $split/test.parquet --artists results/tables/hetrec/artists.parquet \\
        --output-folder my_run
"""

from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sp

from lastfm_gnn.core import program
from lastfm_gnn.core.files import sha256, write_json
from lastfm_gnn.core.places import holds
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.metrics.activity import GROUPS, thirds
from lastfm_gnn.metrics.diversity import diversity
from lastfm_gnn.metrics.ranking import PLACES, ranking_scores

BLOCK = 1 << 14  # users at a time


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    for name in ("best", "artists", "train", "valid", "test"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--output-folder", type=Path, required=True, help="of users.parquet and metrics.json")
    args = parser.parse_args(argv)

    artist_id = np.sort(tables.read(args.artists, tables.ARTISTS).artist_id.to_numpy())
    train, valid, test = (tables.read(path, tables.RANKING_PAIRS) for path in (args.train, args.valid, args.test))
    best = tables.read(args.best, tables.BEST_ARTISTS).sort_values("user_id")
    user_id = np.sort(test.user_id.unique())
    if lacking := set(user_id) - set(best.user_id):
        raise InputError(f"{args.best}: no artists for user {min(lacking)}; delete it and run again")
    known = pd.concat([train, valid])
    known = known[known.user_id.isin(user_id)]
    heard = np.sort(
        np.searchsorted(user_id, known.user_id) * len(artist_id) + np.searchsorted(artist_id, known.artist_id)
    )
    places = np.empty((len(user_id), max(PLACES)), dtype=np.int64)
    lists = best.artists[best.user_id.isin(user_id).to_numpy()].to_numpy()
    for start in range(0, len(lists), BLOCK):
        rows = lists[start : start + BLOCK]
        place = np.searchsorted(artist_id, np.concatenate(rows))
        row = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
        new = ~holds(heard, (start + row) * len(artist_id) + place)
        count = np.bincount(row[new], minlength=len(rows))
        if (short := count < max(PLACES)).any():
            user = user_id[start + short.argmax()]
            raise InputError(
                f"{args.best}: fewer than {max(PLACES)} artists for user {user}; delete it and run again"
            )
        first = np.cumsum(count) - count
        places[start : start + BLOCK] = place[new][first[:, None] + np.arange(max(PLACES))]
    user, artist = np.searchsorted(user_id, test.user_id), np.searchsorted(artist_id, test.artist_id)
    relevant = sp.csr_array((np.ones(len(test), dtype=bool), (user, artist)), (len(user_id), len(artist_id)))
    everybody, in_train = np.unique(train.user_id, return_inverse=True)
    pairs = in_train, np.searchsorted(artist_id, train.artist_id)
    known_by = sp.csr_array((np.ones(len(train), dtype=bool), pairs), (len(everybody), len(artist_id)))
    listeners = np.bincount(pairs[1], minlength=len(artist_id))

    rows = ranking_scores(relevant, places, listeners)
    users = rows.assign(user_id=user_id, count=relevant.sum(1))
    tables.write(args.output_folder / "users.parquet", users, tables.RANKING_USERS, tables.source_of(args.test))
    metrics = rows.mean().to_dict()
    for k in PLACES:
        metrics |= {f"{name}_{k}": value for name, value in diversity(places[:, :k], known_by).items()}
    plays = train.groupby("user_id")["count"].sum().reindex(user_id).to_numpy()
    of_users = thirds(plays)
    hit = (places[user, :10] == artist[:, None]).any(1)
    of_artists = thirds(listeners[artist])
    for group in GROUPS:
        for name in ("recall_10", "ndcg_10"):
            metrics[f"{name}_{group}_users"] = rows[name][of_users == group].mean()
        metrics[f"recall_10_{group}_artists"] = hit[of_artists == group].mean()
    metrics = {name: float(value) for name, value in metrics.items()}
    write_json(args.output_folder / "metrics.json", metrics | {"users": len(users), "test_sha256": sha256(args.test)})
    print(", ".join(f"{name} {metrics[name]:.4f}" for name in ("recall_10", "ndcg_10", "recall_20", "ndcg_20")))


if __name__ == "__main__":
    program.run(main)
