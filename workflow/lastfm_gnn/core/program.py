"""How every script ends: quietly when it worked, with one clear line when its input is at fault."""

import argparse
import io
import json
import math
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

LONGEST = 150  # characters of what a library says


class InputError(Exception):
    """What is wrong, where, and what to do, in one line for the person who runs the script."""


def reason(error: Exception) -> str:
    """What a library says of an error, in one short line."""
    words = " ".join(str(error).split()) or type(error).__name__
    return words if len(words) <= LONGEST else f"{words[: LONGEST // 2]} … {words[-LONGEST // 2 :]}"


def add_device(parser: argparse.ArgumentParser) -> None:
    """The option that says where networks are trained; core/device.py finds it."""
    parser.add_argument(
        "--device", choices=("auto", "cpu", "cuda"), default="cpu", help="of networks; auto: a GPU where there is one"
    )


def parser(description: str | None) -> argparse.ArgumentParser:
    """A parser whose help is the script's docstring, as it stands."""
    return argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """The type of an argument that is a whole number from `least` to `most`."""

    def read(text: str) -> int:
        digits = text.isascii() and text.isdigit() and len(text) <= len(str(most))
        if not digits or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text[:50]!r} is not a whole number from {least} to {most}")
        return int(text)

    return read


positive = whole_number(1, 10**9)
seed = whole_number(0, 10**6)  # those of several members, this times their number, fit into 32 bits
width = whole_number(1, 10**4)  # of a network's layers
threads = whole_number(1, 1024)


def number(least: float, most: float = math.inf) -> Callable[[str], float]:
    """The type of an argument that is a number from `least` to `most`, and no infinite one."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most or math.isinf(value):
            end = "" if math.isinf(most) else f" to {most}"
            raise argparse.ArgumentTypeError(f"{text[:50]!r} is not a number from {least}{end}")
        return value

    return read


amount = number(0)


def json_object(text: str) -> dict[str, Any]:
    """The type of an argument that is a JSON object."""
    value = json.loads(text)
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError(f"{text[:50]!r} is not a JSON object")
    return value


def run(main: Callable[[], None]) -> None:
    """Call `main`; an `InputError`, or a file that cannot be opened or written, becomes one line on stderr and
    exit status 1. Who interrupts it, or closes the pipe that it prints to, hears nothing."""
    try:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")  # a name that the terminal cannot show
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
