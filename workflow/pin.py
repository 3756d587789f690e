"""Pin what the direct requirements pull in: constraints.txt, and the second part of every file in envs/.

`make pins` runs this after a change of a requirements file.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
MARK = "      # what these pull in (make pins)\n"
OF_PLATFORM = ("torch==", "nvidia-", "cuda-", "triton==")  # differ between torch's builds, which pin their own


def resolve(requirements: str, *options: str) -> list[str]:
    """Sorted pins of everything that the lines of `requirements` need on Linux with Python 3.11."""
    command = [Path(sys.executable).with_name("uv"), "pip", "compile", "-", "--python-version", "3.11", "--quiet"]
    options = (*options, "--no-header", "--no-annotate", "--strip-extras")
    done = subprocess.run([*command, *options], input=requirements, text=True, stdout=subprocess.PIPE, check=True)
    return [line for line in done.stdout.splitlines() if not line.startswith(OF_PLATFORM)]


def main() -> None:
    required = "".join(file.read_text() for file in sorted(ROOT.glob("requirements*.txt")))
    constraints = ROOT / "constraints.txt"
    note = "# Everything that the requirements files pull in; made by `make pins`.\n"
    constraints.write_text(note + "\n".join(resolve(required)) + "\n")
    for file in sorted((ROOT / "envs").glob("*.yaml")):
        direct, _, _ = file.read_text().partition(MARK)
        pins = [line.strip().removeprefix("- ") for line in direct.splitlines() if "==" in line]
        others = set(resolve("\n".join(pins), "--constraint", str(constraints))) - set(pins)
        file.write_text(direct + MARK + "".join(f"      - {line}\n" for line in sorted(others)))


if __name__ == "__main__":
    main()
