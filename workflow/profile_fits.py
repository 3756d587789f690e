"""Where the fit of every model of the leaderboard spends its time, and how long it takes beside a strong rival's.

One member, with the first settings of its grid, on the first seed's split, in the first of its leagues, on one core.
For each fit: CPU seconds; how many times as long as the fit of the best rival that is no graph network (RIVALS); and
the functions that took longest by themselves, with their shares, as cProfile counts them (what NumPy computes for a
function counts as the function's own). Writes results/benchmarks/fits.csv after each.

    python workflow/profile_fits.py [--task liking ranking friends_hetrec friends_asia] [--model edge_network bias]
"""

import argparse
import cProfile
import os
import re
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from types import CodeType

sys.path.insert(0, str(Path(__file__).parent))
os.environ.setdefault("DGLBACKEND", "pytorch")  # else DGL asks for it and writes into the home folder

import numpy as np
import pandas as pd
import torch
import yaml

from lastfm_gnn.core.memory import keep_freed_memory
from lastfm_gnn.core.model_files import model_file
from lastfm_gnn.core.numbering import Numbering
from lastfm_gnn.core.settings import combinations
from lastfm_gnn.data import tables
from lastfm_gnn.data.friendships import FriendGraph
from lastfm_gnn.data.listens import ListenData, Side
from lastfm_gnn.friends.problem import FriendProblem
from lastfm_gnn.liking.problem import LikingProblem
from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.scores import by_step

OUTPUT = Path("results/benchmarks/fits.csv")
RIVALS = {"liking": "boosted_trees", "ranking": "mixed_ranker", "friends": "boosted_trees"}
SHOWN = 3  # functions


def listen_data(seed: int) -> ListenData:
    users, artists = (Path(f"results/tables/hetrec/{name}.parquet") for name in ("users", "artists"))
    return ListenData(users, artists, seed)


def known_side(data: ListenData, league: str) -> Side | None:
    if league in ("scores", "listens"):
        return None
    return data.side(*(Path(f"results/tables/hetrec/{name}.parquet") for name in ("friends", "tag_assignments")))


def liking_problem(league: str, seed: int) -> LikingProblem:
    data, split = listen_data(seed), Path(f"results/splits/liking/strict_{seed}")
    train, valid = (
        data.scored_pairs(tables.read(split / f"{part}.parquet", tables.PAIRS)) for part in ("train", "valid")
    )
    return LikingProblem(len(data.users), len(data.artists), train, valid, known_side(data, league))


def ranking_problem(league: str, seed: int) -> RankingProblem:
    data = listen_data(seed)
    train = data.plays(Path(f"results/splits/ranking/strict_{seed}/train.parquet"))
    return RankingProblem(train, known_side(data, league), league)


def friend_problem(task: str, seed: int) -> FriendProblem:
    split, data = Path(f"results/splits/{task}/strict_{seed}"), task.removeprefix("friends_")
    frame = tables.read(Path(f"results/tables/{data}/users.parquet"), tables.USERS, tables.ASIA_USERS)
    users = Numbering(frame.user_id.to_numpy(), np.random.default_rng([seed, 1]), "user")
    train = tables.read(split / "train.parquet", tables.FRIENDSHIPS).apply(users.numbers)
    candidates = tables.read(split / "candidates.parquet", tables.CANDIDATES)
    pairs = np.column_stack([users.numbers(candidates.user_id), users.numbers(candidates.friend_id)])
    return FriendProblem(FriendGraph(np.arange(len(users)), train), pairs)


def fitted(family: str, entry: dict, problem: object, seed: int) -> Callable[[], object]:
    """What fits a model of the config, to its last step."""
    model = model_file(f"lastfm_gnn.{family}.models", entry["file"])
    grid = entry["grid"] | ({"members": [1]} if "members" in entry["grid"] else {})
    settings = combinations(model.Settings, grid, entry["file"])[0]
    if family == "ranking":
        return lambda: [step for step, _ in by_step(model.fit(problem, settings, seed))]
    return lambda: model.fit(problem, settings, seed)


def described(code: CodeType | str) -> str:
    """A function of a profile in a word or two."""
    if isinstance(code, CodeType):
        return f"{Path(code.co_filename).stem}.{code.co_name}"
    # compiled: "<built-in method torch._C._nn.linear>", "<method 'run_backward' of ...>"
    found = re.match(r"<(?:built-in )?(?:method|function) '?([\w.]+)", code)
    return found[1].rpartition(".")[2] if found else code


def profiled(work: Callable[[], object]) -> tuple[float, str]:
    """CPU seconds of `work`, and the functions that took longest by themselves, each with its share."""
    profiler = cProfile.Profile(time.process_time)
    started = time.process_time()
    profiler.runcall(work)
    cost = time.process_time() - started
    own: dict[str, float] = defaultdict(float)
    for entry in profiler.getstats():
        own[described(entry.code)] += entry.inlinetime
    total = sum(own.values())
    longest = sorted(own.items(), key=lambda item: -item[1])[:SHOWN]
    return cost, ", ".join(f"{name} {100 * part / total:.0f} %" for name, part in longest)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    tasks = ["liking", "ranking", "friends_hetrec", "friends_asia"]
    parser.add_argument("--task", nargs="+", choices=tasks, default=tasks)
    parser.add_argument("--model", nargs="+", help="those named alone")
    args = parser.parse_args()
    torch.set_num_threads(1)
    keep_freed_memory()
    leaderboard = yaml.safe_load(Path("config/config.yaml").read_text())["leaderboard"]
    seed = leaderboard["seeds"][0]
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    rows: list[dict] = []
    for task in args.task:
        family = task.partition("_")[0]
        problems: dict[str, object] = {}
        models = leaderboard[family]["models"]
        names = sorted(models, key=lambda name: name != RIVALS[family])
        for name in names:
            if args.model and name not in args.model:
                continue
            entry = models[name]
            league = entry["leagues"][0]
            if league not in problems:
                make = {"liking": liking_problem, "ranking": ranking_problem}.get(task)
                problems[league] = make(league, seed) if make else friend_problem(task, seed)
            cost, longest = profiled(fitted(family, entry, problems[league], seed))
            row = {"task": task, "league": league, "kind": entry["kind"], "model": name, "cpu_s": cost}
            of_rival = [one["cpu_s"] for one in rows if (one["task"], one["model"]) == (task, RIVALS[family])]
            ratio = cost / (of_rival or [cost])[0]
            rows.append(row | {"times_rival": ratio, "longest": longest})
            pd.DataFrame(rows).to_csv(OUTPUT, index=False)
            print(f"{task:15s} {name:22s} {cost:8.2f} {ratio:6.2f}  {longest}", flush=True)


if __name__ == "__main__":
    main()
