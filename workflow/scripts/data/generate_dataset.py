"""Generate a data set of HetRec 2011 LastFM-2k's files, size and shape, with a known truth in its scores.

Nothing in it is real. A user plays few artists out of many, mostly popular ones (long tails); the score of a
listen is a user's part + an artist's part + taste + noise, and its count is what gives that score back by
ln(count) / the user's largest. truth.csv holds the score without the noise, which no model can beat.

    python workflow/scripts/data/generate_dataset.py --output-folder generated
"""

import csv
from pathlib import Path

import numpy as np

from lastfm_gnn.core import program
from lastfm_gnn.core.files import whole
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import hetrec

SEED = 2011
USER_SD, ARTIST_SD, TASTE_SD, NOISE_SD = 0.22, 0.03, 0.04, 0.06  # of the parts of a score, whose mean is .6
GENRES = 20


def draw_pairs(random: np.random.Generator, users: int, artists: int, listens: int) -> tuple[np.ndarray, np.ndarray]:
    """User and artist (listens,): every artist has a listener, every user about the same number of artists."""
    popularity = np.log(random.pareto(1.5, artists) + 0.15)
    first_listener = random.permutation(np.arange(artists) % users)
    quota = np.full(users, listens // users)
    quota[: listens % users] += 1
    chosen = []
    for user in range(users):
        own = np.flatnonzero(first_listener == user)
        # Gumbel's trick draws the rest without replacement, in proportion to popularity.
        key = popularity + random.gumbel(size=artists)
        key[own] = np.inf
        chosen.append(np.argsort(-key)[: max(quota[user], len(own))])
    return np.repeat(np.arange(users), [len(own) for own in chosen]), np.concatenate(chosen)


def draw_scores(
    random: np.random.Generator, user: np.ndarray, artist: np.ndarray, users: int, artists: int
) -> tuple[np.ndarray, np.ndarray]:
    """Score with and without noise (listens,), each over the user's largest score with noise."""
    taste = random.normal(size=(users, 4)), random.normal(size=(artists, 4)) / 2
    expected = 0.6 + random.normal(0, USER_SD, users)[user] + random.normal(0, ARTIST_SD, artists)[artist]
    expected += TASTE_SD * (taste[0][user] * taste[1][artist]).sum(1)
    score = np.clip(expected + random.normal(0, NOISE_SD, len(user)), 0.02, None)
    largest = np.zeros(users)
    np.maximum.at(largest, user, score)
    return score / largest[user], np.clip(expected / largest[user], 0, 1)


def write_rows(path: Path, header: tuple[str, ...], rows: list[tuple]) -> None:
    """Tab-separated with CRLF; tags.dat in latin-1, as the official files."""
    encoding = "latin-1" if path.name == "tags.dat" else "utf-8"
    with whole(path) as temporary:
        lines = ["\t".join(map(str, row)) + "\r\n" for row in [header, *rows]]
        temporary.write_bytes("".join(lines).encode(encoding))


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--users", type=program.positive, default=1_892)
    parser.add_argument("--artists", type=program.positive, default=17_632)
    parser.add_argument("--listens", type=program.positive, default=92_834)
    parser.add_argument("--output-folder", type=Path, required=True)
    args = parser.parse_args(argv)
    if not args.artists <= args.listens <= args.users * args.artists:
        raise InputError(
            f"{args.listens} listens do not fit {args.users} users and {args.artists} artists; give every artist a"
            " listener, and no pair twice"
        )

    random = np.random.default_rng(SEED)
    user, artist = draw_pairs(random, args.users, args.artists, args.listens)
    score, expected = draw_scores(random, user, artist, args.users, args.artists)
    log_largest = np.clip(random.normal(8, 1.2, args.users), 3, 12.5)
    count = np.maximum(1, np.rint(np.exp(score * log_largest[user]))).astype(int)
    user_id = 2 + np.sort(random.permutation(args.users * 10 // 9)[: args.users])
    artist_id = 1 + random.permutation(args.artists)
    users, artists = user_id[user], artist_id[artist]

    friend, other = random.integers(args.users, size=(2, args.users * 7))
    pairs = {(min(a, b), max(a, b)) for a, b in zip(user_id[friend], user_id[other], strict=True) if a != b}
    tags = args.users * 6
    genre = random.integers(GENRES, size=args.artists)
    tagged = np.flatnonzero(random.random(len(user)) < 0.6).repeat(3)
    tag = (random.zipf(1.5, len(tagged)) * GENRES + genre[artist[tagged]]) % tags
    assignments = sorted(set(zip(users[tagged], artists[tagged], 1 + tag, strict=True)))

    rows: dict[str, list[tuple]] = {
        "artists.dat": [(a, f"generated artist {a}", "", "") for a in np.sort(artist_id)],
        "tags.dat": [(t + 1, f"généré {t + 1}") for t in range(tags)],
        "user_artists.dat": list(zip(users, artists, count, strict=True)),
        "user_friends.dat": sorted(pairs | {(b, a) for a, b in pairs}),
        "user_taggedartists.dat": [(*key, 1, 1 + sum(key) % 12, 2005 + sum(key) % 6) for key in assignments],
    }
    for file, content in rows.items():
        write_rows(args.output_folder / file, hetrec.HEADERS[file], content)
    with whole(args.output_folder / "truth.csv") as temporary, temporary.open("w", newline="") as truth:
        writer = csv.writer(truth)
        writer.writerow(["user_id", "artist_id", "expected_liking"])
        writer.writerows(zip(users, artists, expected, strict=True))
    print(f"generated, not real: {len(user)} listens of {args.users} users and {args.artists} artists")


if __name__ == "__main__":
    program.run(main)
