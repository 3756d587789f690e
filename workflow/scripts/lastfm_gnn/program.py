"""How every script ends: quietly when it worked, with one clear line when its input is at fault."""

import argparse
import sys
from collections.abc import Callable


class InputError(Exception):
    """What is wrong, where, and what to do, in one line for the person who runs the script."""


def parser(description: str | None) -> argparse.ArgumentParser:
    """A parser whose help is the script's docstring, as it stands."""
    return argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )


def run(main: Callable[[], None]) -> None:
    """Call `main`; an `InputError`, or a file that cannot be opened or written, becomes one line on stderr and
    exit status 1."""
    try:
        main()
    except InputError as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        sys.exit(f"error: {error.filename or 'a file'}: {error.strerror or error}; see to it and run again")
