"""A stand-in for the command `conda`, for tests where no conda and no conda channel can be reached.

`install` makes a folder with `bin/conda`, `bin/activate` and a channel of two packages: the Python that runs here,
and pip. That `conda` has the commands that Snakemake calls. It solves and links environments with py-rattler and then
installs their `pip:` part, from the package index that pip is set up for.
"""

import argparse
import asyncio
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import rattler
import yaml
from rattler.index import index_fs

SUBDIR = str(rattler.Platform.current())  # such as linux-64
SITE_PACKAGES = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
ACTIVATE = """# sourced with the folder of an environment
[ -d "$1/conda-meta" ] || { echo "no environment: $1" >&2; return 1; }
export CONDA_PREFIX="$1" PATH="$1/bin:$PATH"
"""


def pack(channel: Path, root: Path, name: str, version: str, depends: list[str]) -> None:
    """Put the files below `root`, which are laid out as in an environment, into the channel as a package."""
    index = {"name": name, "version": version, "build": "0", "build_number": 0, "depends": depends, "subdir": SUBDIR}
    files = sorted(path for path in root.rglob("*") if path.is_symlink() or path.is_file())
    paths = [
        {"_path": str(path.relative_to(root)), "path_type": "softlink" if path.is_symlink() else "hardlink"}
        for path in files
    ]
    (root / "info").mkdir()
    (root / "info/index.json").write_text(json.dumps(index))
    (root / "info/paths.json").write_text(json.dumps({"paths_version": 1, "paths": paths}))
    with tarfile.open(channel / SUBDIR / f"{name}-{version}-0.tar.bz2", "w:bz2", compresslevel=1) as archive:
        for path in sorted(root.iterdir()):
            archive.add(path, path.name)


def lay_out_python(root: Path) -> None:
    """The Python that runs here, without what is installed in it and the standard library's own tests."""
    base, library = Path(sys.base_prefix), Path(SITE_PACKAGES).parent
    left_out = shutil.ignore_patterns("site-packages", "dist-packages", "test", "tests", "__pycache__", "config-*")
    shutil.copytree(base / library, root / library, ignore=left_out)
    (root / "bin").mkdir()
    shutil.copy2(base / "bin" / library.name, root / "bin")
    for name in ("python", "python3"):
        (root / "bin" / name).symlink_to(library.name)
    for file in (base / "lib").glob("libpython*.so*"):
        shutil.copy2(file, root / "lib")


def lay_out_pip(root: Path) -> str:
    """The newest pip; its version."""
    target = root / SITE_PACKAGES
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]
    subprocess.run([*command, f"--target={target}", "pip"], check=True)
    shutil.rmtree(target / "bin")  # its programs name the Python that runs here
    return next(target.glob("pip-*.dist-info")).name.removeprefix("pip-").removesuffix(".dist-info")


def install(folder: Path) -> Path:
    """Make `bin` with the programs and `channels/conda-forge` in a folder; returns `bin`, for PATH."""
    channel, programs = folder / "channels/conda-forge", folder / "bin"
    for path in (channel / SUBDIR, channel / "noarch", programs):
        path.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as root:
        lay_out_python(Path(root))
        pack(channel, Path(root), "python", platform.python_version(), [])
    with tempfile.TemporaryDirectory() as root:
        version = lay_out_pip(Path(root))
        pack(channel, Path(root), "pip", version, ["python"])
    asyncio.run(index_fs(channel))
    (programs / "activate").write_text(ACTIVATE)
    (programs / "conda").write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" "{folder}" "$@"\n')
    (programs / "conda").chmod(0o755)
    return programs


async def solve_and_link(folder: Path, prefix: Path, channels: list[str], specs: list[str]) -> None:
    places = rattler.ChannelConfig(channel_alias=f"{(folder / 'channels').as_uri()}/")
    records = await rattler.solve(
        sources=[rattler.Channel(name, places) for name in channels],
        specs=specs,
        platforms=[SUBDIR, "noarch"],
        virtual_packages=rattler.VirtualPackage.detect(),
    )
    await rattler.install(records, target_prefix=prefix, cache_dir=folder / "packages", show_progress=False)


def create(folder: Path, words: list[str]) -> None:
    """`conda env create`"""
    parser = argparse.ArgumentParser()
    parser.add_argument("--file", type=Path, required=True)
    parser.add_argument("--prefix", type=Path, required=True)
    for name in ("--quiet", "--no-default-packages"):
        parser.add_argument(name, action="store_true")
    args = parser.parse_args(words)
    described = yaml.safe_load(args.file.read_text())
    specs = [one for one in described["dependencies"] if isinstance(one, str)]
    of_pip = [line for one in described["dependencies"] if isinstance(one, dict) for line in one["pip"]]
    asyncio.run(solve_and_link(folder, args.prefix, described["channels"], specs))
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirements:
        requirements.write("\n".join(of_pip))
        requirements.flush()
        command = [args.prefix / "bin/python", "-m", "pip", "install", "--requirement", requirements.name]
        # nothing of a Python around
        outer = ("PYTHONPATH", "PYTHONHOME")
        clean = {key: value for key, value in os.environ.items() if key not in outer}
        subprocess.run(command, env=clean, check=True)


def main(folder: Path, words: list[str]) -> None:
    match words:
        case ["--version"]:
            print("conda 24.7.1")  # the oldest that Snakemake takes
        case ["info", "--json"]:
            print(json.dumps({"conda_prefix": str(folder), "platform": SUBDIR}))
        case ["config", "--get", "channel_priority", "--json"]:
            print(json.dumps({"get": {"channel_priority": "strict"}}))
        case ["env", "create", *options]:
            create(folder, options)
        case ["clean", "-y", "--tarballs"]:
            pass  # none are kept
        case _:
            sys.exit(f"this stand-in for conda does not know: {' '.join(words)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
