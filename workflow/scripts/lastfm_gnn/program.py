"""How every script ends: quietly when it worked, with one clear line when its input is at fault."""

import argparse
import inspect
import sys
from collections.abc import Callable


class InputError(Exception):
    """What is wrong, where, and what to do, in one line for the person who runs the script."""


def parser(description: str | None) -> argparse.ArgumentParser:
    """A parser whose help is the script's docstring, as it stands."""
    return argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )


def check_settings(function: Callable, settings: dict, key: str) -> None:
    """Raise InputError unless the config's `settings` under `key` are just the function's settings: those of its
    parameters that are annotated as numbers."""
    known = {name for name, one in inspect.signature(function).parameters.items() if one.annotation in (int, float)}
    wanted = known - {"num_nodes", "classes", "seed"}
    if set(settings) != wanted:
        raise InputError(f"config: {key} has the settings {sorted(settings)}, but takes {sorted(wanted)}")


def run(main: Callable[[], None]) -> None:
    """Call `main`; an `InputError`, or a file that cannot be opened or written, becomes one line on stderr and
    exit status 1."""
    try:
        main()
    except InputError as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        sys.exit(f"error: {error.filename or 'a file'}: {error.strerror or error}; see to it and run again")
