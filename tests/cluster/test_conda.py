"""The environments of envs/, built by a stand-in for conda, and the tiny experiment in them, here and on Slurm."""

import ast
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import conda_standin
from conftest import ROOT, snakemake
from lastfm_gnn.core.imports import imported
from on_slurm import TABLE, end, local_table, one_seed, start

pytestmark = pytest.mark.conda

ENVIRONMENTS = sorted(path.name for path in (ROOT / "envs").glob("*.yaml"))


@pytest.fixture(scope="module", autouse=True)
def conda(tmp_path_factory):
    programs = conda_standin.install(tmp_path_factory.mktemp("conda"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
        yield


@pytest.fixture(scope="module")
def local(tmp_path_factory) -> bytes:
    """The table without conda."""
    return local_table(tmp_path_factory.mktemp("local"))


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A project that has all environments; each job writes into its log where its Python is."""
    folder = one_seed(tmp_path_factory.mktemp("project"))
    library = folder / "workflow/lastfm_gnn/__init__.py"
    library.write_text(f"{library.read_text()}\nimport sys\nprint(sys.prefix)\n")
    done = snakemake(folder, "--cores=2", "--sdm", "conda", "--conda-create-envs-only")
    assert done.returncode == 0, done.stdout
    return folder


@pytest.fixture(scope="module")
def prefixes(project) -> dict[str, Path]:
    """Folder of each environment, by the name of its file."""
    done = snakemake(project, "--sdm", "conda", "--list-conda-envs")
    return {name: project / folder for name, folder in re.findall(r"envs/(\w+\.yaml)\s+(\S+)", done.stdout)}


def rules() -> dict[str, list[Path]]:
    """The scripts of the rules, by the file of their environment."""
    scripts: dict[str, list[Path]] = {name: [] for name in ENVIRONMENTS}
    for file in (ROOT / "workflow/rules").rglob("*.smk"):
        rule = r'conda:\s+"[./]*envs/(\w+\.yaml)"(?:.|\n)*?"python (workflow/scripts/\w+/\w+\.py)"'
        for environment, script in re.findall(rule, file.read_text()):
            scripts[environment].append(ROOT / script)
    return scripts


def test_every_script_is_of_a_rule_with_an_environment():
    scripts = {path for paths in rules().values() for path in paths}
    assert scripts == set((ROOT / "workflow/scripts").glob("*/*.py"))


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_an_environment_has_what_its_rules_import(name, prefixes):
    """Every import in the scripts and the modules behind them, also those in functions, one after the other."""
    programs = rules()[name]
    text = "".join(path.read_text() for path in imported(programs, ROOT / "workflow"))
    for package in re.findall(r'f"lastfm_gnn\.((?:\w+\.)+)\{', text):  # models, which are imported by name
        programs += (ROOT / "workflow/lastfm_gnn" / package.replace(".", "/")).glob("*.py")
    trees = [ast.parse(path.read_text()) for path in imported(programs, ROOT / "workflow")]
    statements = {
        ast.unparse(node)
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert len(statements) > len(programs)
    statements.discard("from __future__ import annotations")
    done = subprocess.run(
        [prefixes[name] / "bin/python", "-"],
        input="\n".join(sorted(statements)),
        env={"PYTHONPATH": str(ROOT / "workflow"), "HOME": os.environ["HOME"]},
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def ran_in(project: Path) -> dict[str, set[str]]:
    """Where the Python of each rule was, by the logs."""
    logs, found = project / "results/logs", {}
    for path in logs.rglob("*.log"):
        rule = path.relative_to(logs).parts[0].removesuffix(".log")
        found.setdefault(rule, set()).add(path.read_text().splitlines()[0])
    return found


def check_table(project: Path, prefixes: dict[str, Path], local: bytes) -> None:
    assert (project / TABLE).read_bytes() == local
    environment_of = {script.stem: str(prefixes[name]) for name, scripts in rules().items() for script in scripts}
    found = ran_in(project)
    assert found == {rule: {environment_of[rule]} for rule in found}
    assert found.keys() >= {"generate_dataset", "build_tables", "train_model", "track_runs", "make_table1"}


def test_table_of_jobs_in_environments_is_the_one_without(project, prefixes, local):
    done = snakemake(project, "--cores=2", TABLE, "--sdm", "conda")
    assert done.returncode == 0, done.stdout
    check_table(project, prefixes, local)
    assert snakemake(project, "--use-conda", "-n", TABLE).returncode == 0


def test_the_same_on_nodes_of_slurm(slurm, project, prefixes, local):
    shutil.rmtree(project / "results", ignore_errors=True)
    status, said = end(project, start(project, TABLE, "--sdm", "conda"))
    assert status == 0, said
    check_table(project, prefixes, local)
