"""Linters, environments and the promises of the Makefile."""

import ast
import importlib.metadata
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import describe_config
from conftest import ROOT, environment
from lastfm_gnn.core.imports import imported

SCRIPTS = {file.stem: file for file in (ROOT / "workflow/scripts").glob("*/*.py")}


def run(*command, cwd=ROOT, **extra):
    return subprocess.run(
        command,
        cwd=cwd,
        env=environment(**extra),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("snakefmt", "--check", "Snakefile", "workflow"),
        ("snakemake", "--lint"),
        ("lint-imports", "pyproject.toml"),
        ("mypy",),
    ],
    ids=" ".join,
)
def test_linters_are_content(command):
    done = run(*command)
    assert done.returncode == 0, done.stdout


def pins(lines):
    return {line.split("==")[0].split("[")[0]: line for line in lines if "==" in line}


def test_environments_parse_and_have_the_requirements_pins():
    required = pins((ROOT / "requirements.txt").read_text().splitlines())
    assert all(re.fullmatch(r"[a-z0-9-]+(\[\w+\])?==[0-9.]+", line) for line in required.values())
    pulled_in = pins((ROOT / "constraints.txt").read_text().splitlines())
    files = list((ROOT / "envs").glob("*.yaml"))
    assert files
    for file in files:
        environment_file = yaml.safe_load(file.read_text())
        assert environment_file["channels"] == ["conda-forge"]
        *conda, pip = environment_file["dependencies"]
        assert conda == ["python=3.11", "pip"]
        pinned = pins(pip["pip"])
        for name, line in pinned.items():
            assert line in (required.get(name), pulled_in.get(name)), f"{file.name}: {line}"
        needed = {name for one in pinned for name in needs(one)}
        assert not needed - set(pinned), f"{file.name} lacks these pins; run make pins"


def needs(distribution):
    """Names of the distributions that an installed one asks for here, but for torch's own of its platform."""
    try:
        lines = importlib.metadata.requires(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        return
    for requirement in map(Requirement, lines):
        wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if wanted and not requirement.name.startswith(("nvidia-", "cuda-", "triton")):
            yield canonicalize_name(requirement.name)


def test_every_rule_has_its_log_benchmark_script_and_an_environment_that_exists():
    rule_and_body = r"^ *(?:rule|checkpoint) (\w+):\n(.*?)(?=^ *(?:rule|checkpoint) |\Z)"
    rules = []
    for file in (ROOT / "workflow/rules").rglob("*.smk"):
        for name, body in re.findall(rule_and_body, file.read_text(), re.MULTILINE | re.DOTALL):
            rules.append(name)
            for directive in ("log:", "benchmark:", "conda:", "input:", "output:", '"""'):
                assert directive in body, f"{name} has no {directive}"
            assert (file.parent / re.search(r'conda:\s+"(.*?)"', body)[1]).is_file()
            assert f"python workflow/{SCRIPTS[name].relative_to(ROOT / 'workflow')}" in body
            assert f'**needs("{name}"' in body, f"{name} does not say what it needs"
            room = file.relative_to(ROOT / "workflow/rules").parts[0].removesuffix(".smk")
            assert SCRIPTS[name].parent.name == room, f"{name}: its rule is in {room}"
    assert sorted(rules) == sorted(SCRIPTS)


def third_party(script):
    """Top-level names of the packages that a script and the project's modules behind it import."""
    files = imported([script], ROOT / "workflow")
    for folder in re.findall(r'f"(lastfm_gnn\.(?:\w+\.)+)\{', "".join(Path(file).read_text() for file in files)):
        files += (ROOT / "workflow" / folder.replace(".", "/")).glob("*.py")
    names = set()
    for file in files:
        for node in ast.walk(ast.parse(Path(file).read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add(node.module.split(".")[0])
    names = {"scikit-learn" if name == "sklearn" else name for name in names}
    return names - set(sys.stdlib_module_names) - {"lastfm_gnn"}


def test_environments_hold_what_their_scripts_import():
    for file in (ROOT / "workflow/rules").rglob("*.smk"):
        text = file.read_text()
        for name, env in re.findall(
            r'^ *(?:rule|checkpoint) (\w+):.*?conda:\s+"(.*?)"', text, re.MULTILINE | re.DOTALL
        ):
            *_, pip = yaml.safe_load((file.parent / env).read_text())["dependencies"]
            missing = third_party(SCRIPTS[name]) - set(pins(pip["pip"]))
            assert not missing, f"{name} imports {missing}, which {env} lacks"


@pytest.mark.parametrize("script", sorted(SCRIPTS))
def test_every_script_has_a_help(script, capsys):
    with pytest.raises(SystemExit) as raised:
        import_module(script).main(["--help"])
    assert raised.value.code == 0 and f"{SCRIPTS[script].relative_to(ROOT)}" in capsys.readouterr().out


def test_every_config_key_is_described():
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())

    def undescribed(part, path):
        for name, child in part.get("properties", {}).items():
            child = schema["definitions"][child["$ref"].rpartition("/")[2]] if "$ref" in child else child
            if "description" not in child:
                yield f"{path}.{name}"
            yield from undescribed(child, f"{path}.{name}")
        more = part.get("additionalProperties")
        if isinstance(more, dict):
            yield from undescribed(more, f"{path}.*")

    assert list(undescribed(schema, "config")) == []
    assert describe_config.tables() in (ROOT / "config/README.md").read_text(), "run make config_tables"


def test_make_help_lists_the_targets():
    done = run("make", "help")
    assert {line.split()[0] for line in done.stdout.splitlines()} >= {"table1", "demo", "test", "ui", "help"}


def test_make_refuses_another_python_in_one_line(tmp_path):
    other = tmp_path / "python3.9"
    other.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -c "import sys; sys.version_info = (3, 9, 1); exec(sys.argv[1])" "$2"\n'
    )
    other.chmod(0o755)
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text())
    for name in ("requirements.txt", "constraints.txt", "pyproject.toml"):
        (tmp_path / name).write_text("")
    done = run("make", "table1", f"PYTHON={other}", cwd=tmp_path)
    lines = [line for line in done.stdout.splitlines() if not line.startswith("make: ***")]
    assert done.returncode != 0
    assert len(lines) == 1 and "Python 3.11 is needed" in lines[0] and "3.9" in lines[0]
    assert not (tmp_path / ".venv").exists()


def test_readme_links_and_files_exist():
    for document in [
        ROOT / "README.md",
        ROOT / "config/README.md",
        ROOT / "results/README.md",
        *(ROOT / "docs").glob("*.md"),
    ]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_no_machine_paths_in_the_project():
    tracked = run("git", "ls-files", "--cached", "--others", "--exclude-standard").stdout.split()
    for name in tracked:
        path = Path(ROOT / name)
        if path.suffix in {".py", ".smk", ".md", ".yaml", ".toml", ".txt", ""} and path.is_file():
            assert not re.search(r"(?<![\w.<>}])/(home|root|tmp|work)/", path.read_text(encoding="utf-8")), name
