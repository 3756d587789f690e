"""A tiny generated data set, and copies of the project that a test may edit, run and kill."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from filelock import FileLock
from hypothesis import settings
from playwright.sync_api import sync_playwright

import build_graph
import build_tables
import choose_artists
import choose_champion
import embed_friends
import evaluate_model
import fit_baseline
import generate_dataset
import loaded_snakemake
import make_folds
import make_splits
import one_machine_slurm
import predict_liking
import recommend_artists
import train_model
from lastfm_gnn.core.files import write_json
from lastfm_gnn.data import tables as schemas
from lastfm_gnn.table1.protocols import PROTOCOLS

ROOT = Path(__file__).parent.parent
TINY = {"users": 30, "artists": 60, "listens": 600}


# A busy machine is no failure: no example has a limit of time.
settings.register_profile("default", deadline=None)
settings.load_profile("default")

# Files are run in two processes, a file in one; these start first. The second waits for nothing that the first makes.
SLOWEST = (
    *("test_experiment", "test_users_workflow", "test_workflow", "test_failures", "test_postgresql"),
    *("test_style", "test_config", "test_own_listens", "test_spread", "test_processes", "test_saved_training"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: SLOWEST.index(item.path.stem) if item.path.stem in SLOWEST else len(SLOWEST))


@pytest.fixture(scope="session")
def tiny_raw(tmp_path_factory) -> Path:
    """Folder of the raw files of a tiny generated data set."""
    folder = tmp_path_factory.mktemp("raw")
    generate_dataset.main([*(f"--{key}={value}" for key, value in TINY.items()), f"--output-folder={folder}"])
    return folder


@pytest.fixture(scope="session")
def tiny_tables(tiny_raw, tmp_path_factory) -> Path:
    """Folder of the tables of that data set."""
    folder = tmp_path_factory.mktemp("tables")
    build_tables.main([f"--raw={tiny_raw}", "--source=generated", f"--output-folder={folder}"])
    return folder


@pytest.fixture(scope="session")
def tiny_listens(tiny_tables) -> pd.DataFrame:
    return pd.read_parquet(tiny_tables / "listens.parquet")


@pytest.fixture(scope="session")
def tiny_champion(tiny_tables, tmp_path_factory) -> SimpleNamespace:
    """split, run, folder: folders of a strict split, of a network that learnt from it, and of it as the champion;
    filter_run: the record of the graph filter that goes with it."""
    parent = tmp_path_factory.mktemp("champion")
    split, run, folder = parent / "split", parent / "side/edge_network/strict_0", parent / "chosen"
    make_splits.main(
        [f"--listens={tiny_tables}/listens.parquet", "--protocol=strict", "--seed=0", f"--output-folder={split}"]
    )
    grid = {"width": 4, "rounds": 1, "heads": 2, "kernels": 1, "hidden": 8, "dropout": 0.1, "steps": 20}
    grid |= {"learning_rate": 0.01, "weight_decay": 0.01, "members": 2}
    names = ("users", "artists", "friends", "tag_assignments")
    tables = [f"--{name.replace('_', '-')}={tiny_tables}/{name}.parquet" for name in names]
    parts = [f"--{name}={split}/{name}.parquet" for name in ("train", "valid", "queries")]
    grid_option = f"--grid={json.dumps({name: [value] for name, value in grid.items()})}"
    named = identity("liking", "edge_network", "strict_0", league="side")
    options = ["--model=edge_network", grid_option, "--seed=0", named, f"--output-folder={run}"]
    predict_liking.main([*tables, *parts, *options])
    of_filter = {"cut": 8, "order": 3, "damping": 0.25, "popularity": 0.1, "friends": 0.2}
    write_json(parent / "filter.json", {"identity": {"seed": 0}, "settings": of_filter, "valid": {}})
    of_run = [f"--runs={run}", f"--filter-run={parent}/filter.json", f"--tables={tiny_tables}"]
    choose_champion.main([*of_run, f"--output-folder={folder}"])
    return SimpleNamespace(split=split, run=run, folder=folder, filter_run=parent / "filter.json")


@pytest.fixture
def ask(tiny_tables, tiny_champion, capsys):
    """recommend_artists with the tiny champion; what it printed."""

    def called(*options):
        recommend_artists.main([f"--tables={tiny_tables}", f"--champion={tiny_champion.folder}", *map(str, options)])
        return capsys.readouterr()

    return called


@pytest.fixture(scope="session")
def asia_tables(tmp_path_factory) -> Path:
    """Folder of tables of 120 users in three regions, friends mostly within them, who like artists of their region,
    with the embedding, the folds and the 20 artists of a task. The lists of the last 20 users are unknown."""
    folder = tmp_path_factory.mktemp("asia")
    random = np.random.default_rng(0)
    region = random.integers(0, 3, 120)
    pairs = {tuple(sorted(pair)) for pair in random.integers(0, 120, (1500, 2)).tolist() if pair[0] != pair[1]}
    kept = [pair for pair in sorted(pairs) if region[pair[0]] == region[pair[1]] or random.random() < 0.1]
    users = pd.DataFrame({"user_id": range(120), "region": region, "list_known": np.arange(120) < 100})
    schemas.write(folder / "users.parquet", users.drop(columns="region"), schemas.ASIA_USERS, "generated")
    schemas.write(folder / "regions.parquet", users.drop(columns="list_known"), schemas.USER_REGIONS, "generated")
    friendships = pd.DataFrame(kept, columns=["user_id", "friend_id"])
    schemas.write(folder / "friendships.parquet", friendships, schemas.FRIENDSHIPS, "generated")
    likes = random.random((100, 40)) < np.where(np.arange(40) % 3 == region[:100, None], 0.6, 0.1)
    likes[3] = False  # a list that is known and empty
    user, artist = likes.nonzero()
    schemas.write(
        folder / "likes.parquet", pd.DataFrame({"user_id": user, "artist_id": artist}), schemas.LIKES, "generated"
    )
    shared = [f"--users={folder}/users.parquet", f"--friendships={folder}/friendships.parquet"]
    embed_friends.main([*shared, "--dimensions=8", f"--output={folder}/netmf.npy"])
    for count in (20, 7842):
        output = f"--output={folder}/artists_{count}.parquet"
        choose_artists.main([f"--likes={folder}/likes.parquet", f"--count={count}", output])
    for family in ("region", "artists"):
        for fold in ("fold_0", "fold_1", "fold_2", "fold_3", "fold_4", "single"):
            make_folds.main(
                [
                    f"--task={family}",
                    f"--users={folder}/users.parquet",
                    f"--regions={folder}/regions.parquet",
                    f"--likes={folder}/likes.parquet",
                    f"--split={fold}",
                    f"--output-folder={folder}/{family}/{fold}",
                ]
            )
    return folder


def copy_project(folder: Path) -> Path:
    """The project's files, without results and with the tiny experiment as its config, in a folder."""
    names = ["Snakefile", "Makefile", "requirements.txt", "CITATION.cff", "workflow", "config", "envs", "profiles"]
    for name in names:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    shutil.copy(ROOT / "tests" / "tiny.yaml", folder / "config" / "config.yaml")
    return folder


@pytest.fixture
def project(tmp_path) -> Path:
    return copy_project(tmp_path)


def environment(**extra: str) -> dict[str, str]:
    """This process's environment with the tests' Python first on PATH, and nothing of a `make` around the tests."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    outer = {"MLFLOW_TRACKING_URI", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
    return {key: value for key, value in os.environ.items() if key not in outer} | {"PATH": path} | extra


@pytest.fixture
def no_server(monkeypatch):
    """No store is named by the environment."""
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "PGPASSWORD"):
        monkeypatch.setenv(name, "")  # so that it is taken away again
        monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def browser():
    """Chromium, without a window."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "these tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def snakemake(folder: Path, *arguments: str, **extra: str) -> subprocess.CompletedProcess:
    """Run Snakemake in a copy of the project; its output is text, stderr with stdout."""
    return loaded_snakemake.run(folder, arguments, environment(**extra))


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Path:
    """A project whose Table 1 has been made, once for all test processes; this is their own copy. Tests that change
    something take a copy of it. printed.txt: what the run printed."""
    shared = tmp_path_factory.getbasetemp().parent / "built"  # the parent is of all processes of this run
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shared = tmp_path_factory.mktemp("shared") / "built"
    with FileLock(f"{shared}.lock"):
        if not (shared / "printed.txt").exists():
            shutil.rmtree(shared, ignore_errors=True)
            shared.mkdir()
            copy_project(shared)
            # one job a day: the Snakefile takes the limit away
            done = snakemake(shared, "--cores=2", "--max-jobs-per-timespan=1/1d", "results/table1.csv")
            assert done.returncode == 0, done.stdout
            (shared / "printed.txt").write_text(done.stdout)
    return shutil.copytree(shared, tmp_path_factory.mktemp("own") / "built")


@pytest.fixture
def copy_of_built(built, tmp_path) -> Path:
    return shutil.copytree(built, tmp_path / "project")


def unlock(folder: Path, *options: str) -> subprocess.CompletedProcess:
    command = ["python", "workflow/unlock.py", *options]
    return subprocess.run(command, cwd=folder, env=environment(), text=True, capture_output=True, check=False)


def table(folder: Path) -> bytes:
    return (folder / "results" / "table1.csv").read_bytes()


def jobs(folder: Path, *arguments: str) -> dict[str, list[str]]:
    """The output files of the jobs that Snakemake would run, rule by rule."""
    done = snakemake(folder, "--dry-run", *arguments)
    assert done.returncode == 0, done.stdout
    rules = re.findall(
        r"^(?:local)?(?:rule|checkpoint) (\w+):.*?\n    output: (.*?)\n", done.stdout, re.MULTILINE | re.DOTALL
    )
    outputs = {}
    for rule, output in rules:
        outputs.setdefault(rule, []).append(output)
    return outputs


def identity(task: str, model: str, split: str, **names: str) -> str:
    """The option that says which run a script makes."""
    return f"--identity={json.dumps({'task': task, 'model': model, 'split': split, **names})}"


def make_run(
    folder: Path,
    tables: Path,
    protocol: str,
    variant: str,
    *,
    input: str = "degree",
    after_split: Callable[[Path], None] = lambda split: None,
    epochs: int = 2,
    hidden: int = 4,
    batch_size: int = 64,
) -> dict[str, Path]:
    """Split, graph, training and evaluation by the scripts themselves; where everything lies."""
    paths = {name: folder / name for name in ("split", "graph", "run", "evaluation")}
    make_splits.main(
        [
            f"--listens={tables}/listens.parquet",
            f"--protocol={PROTOCOLS[protocol].split}",
            "--seed=0",
            f"--output-folder={paths['split']}",
        ]
    )
    after_split(paths["split"])
    parts = ["train", "valid", "test"] if protocol == "published" else ["train"]
    paths["graph"] = paths["graph"] / "graph.npz"
    build_graph.main(
        [
            f"--users={tables}/users.parquet",
            f"--artists={tables}/artists.parquet",
            "--pairs",
            *(f"{paths['split']}/{part}.parquet" for part in parts),
            f"--output={paths['graph']}",
        ]
    )
    shared = [
        f"--graph={paths['graph']}",
        f"--train={paths['split']}/train.parquet",
        f"--valid={paths['split']}/valid.parquet",
        f"--variant={variant}",
        f"--protocol={protocol}",
        identity("table1", variant, f"{protocol}_0"),
        f"--output-folder={paths['run']}",
    ]
    if variant in ("global_mean", "user_mean"):
        fit_baseline.main(shared)
    else:
        train_model.main(
            [
                *shared,
                f"--input={input}",
                "--seed=0",
                "--decay=0.9",
                f"--hidden={hidden}",
                f"--epochs={epochs}",
                f"--batch-size={batch_size}",
            ]
        )
    evaluate_model.main(
        [
            f"--run={paths['run']}",
            f"--graph={paths['graph']}",
            f"--test={paths['split']}/test.parquet",
            "--title=a test",
            f"--output-folder={paths['evaluation']}",
        ]
    )
    return paths


@pytest.fixture(scope="session")
def slurm(tmp_path_factory):
    """A Slurm of this machine alone; tests that need it are only run where they are asked for."""
    if reason := one_machine_slurm.why_not():
        pytest.exit(f"no Slurm here: {reason}", returncode=1)
    with one_machine_slurm.slurm(tmp_path_factory.mktemp("slurm")):
        yield
