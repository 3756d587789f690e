"""Which processor, GPU and packages made a run: the same code rounds differently with others."""

import importlib.metadata
import os
import platform
import sys
from pathlib import Path

# What the libraries choose their code by, widest first.
INSTRUCTIONS = ("avx512f", "avx2", "avx", "sse4_2", "asimd")
# What computes the figures.
COMPUTING = ("numpy", "scipy", "pandas", "pyarrow", "scikit-learn", "torch", "dgl", "lightgbm", "catboost", "gensim")


def machine() -> dict[str, str]:
    """processor: its name; vector_instructions: the widest that it has, or those that ATEN_CPU_CAPABILITY allows."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # no Linux
        lines = []
    facts = dict(reversed([[part.strip() for part in line.split(":", 1)] for line in lines if ":" in line]))
    flags = facts.get("flags", facts.get("Features", "")).split()
    widest = next((name for name in INSTRUCTIONS if name in flags), "unknown")
    return {
        "processor": facts.get("model name") or platform.machine(),
        "vector_instructions": os.environ.get("ATEN_CPU_CAPABILITY", widest),
    }


def device() -> str:
    """cpu, or the name of the GPU that torch has used in this process."""
    torch = sys.modules.get("torch")  # whoever uses one has imported it
    return torch.cuda.get_device_name() if torch and torch.cuda.is_initialized() else "cpu"


def packages(names: tuple[str, ...] = COMPUTING) -> dict[str, str]:
    """Versions of Python and of the packages of these names, as far as they are installed."""
    versions = {"python": platform.python_version()}
    for name in names:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # an environment of conda has what its rules need
    return versions
