"""A model is a file of a folder of the library; its name may come from a record, a checkpoint or the command line."""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from lastfm_gnn.core.program import InputError


def model_file(package: str, name: str) -> ModuleType:
    """The file of that name in the package's folder, lastfm_gnn.liking.models for one. The name is looked up among
    the files before anything is imported. Raises InputError where there is none."""
    files = sorted(module.name for module in iter_modules(import_module(package).__path__))
    if name not in files:
        folder = package.replace(".", "/")
        raise InputError(f"{str(name)[:50]!r} is no file of {folder}; add it, or give one of {', '.join(files)}")
    return import_module(f"{package}.{name}")
