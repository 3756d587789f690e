"""How every script ends: quietly when it worked, with one clear line when its input is at fault."""

import argparse
import os
import signal
import sys
from collections.abc import Callable


class InputError(Exception):
    """What is wrong, where, and what to do, in one line for the person who runs the script."""


def parser(description: str | None) -> argparse.ArgumentParser:
    """A parser whose help is the script's docstring, as it stands."""
    return argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )


def positive(text: str) -> int:
    """The type of an argument that is a whole number from 1."""
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def run(main: Callable[[], None]) -> None:
    """Call `main`; an `InputError`, or a file that cannot be opened or written, becomes one line on stderr and
    exit status 1. Who interrupts it, or closes the pipe that it prints to, hears nothing."""
    try:
        main()
        sys.stdout.flush()
    except InputError as error:
        sys.exit(f"error: {error}")
    except BrokenPipeError:
        # nothing is left to be flushed at the interpreter's end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(128 + signal.SIGPIPE)
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    except OSError as error:
        sys.exit(f"error: {error.filename or 'a file'}: {error.strerror or error}; see to it and run again")
