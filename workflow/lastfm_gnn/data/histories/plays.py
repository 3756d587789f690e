"""One play, whatever it was read from."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

PODCAST = "podcasts and audiobooks"
SKIPPED = "skipped"
NO_PLAY = "no ends of plays"

MBID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


DIGITS = 19  # as many or more may not fit into 64 bits
LARGEST = 10 ** (DIGITS - 1)


class Play(NamedTuple):
    """artist: "" if there is none. time: seconds since 1970, when it began or ended, as the form has it; None if not
    known. ms: for how long, None if not known. mbid: the artist's MusicBrainz id, or "". person: of a file of several
    people, else ""."""

    artist: str
    track: str
    time: int | None
    ms: int | None
    mbid: str = ""
    person: str = ""


class Unfit(ValueError):
    """A value is not what the form has in its place; says which."""


def text(value: Any, field: str) -> str:
    """A value that is text or missing. Raises Unfit."""
    if isinstance(value, str):
        return value
    if value is not None:
        raise Unfit(f"{field} is no text")
    return ""


def whole(value: Any, field: str) -> int:
    """A whole number from 0, as such or in digits. Raises Unfit."""
    if type(value) is int and 0 <= value < LARGEST:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < DIGITS:
        return int(value)
    raise Unfit(f"{field} is no whole number from 0")


def moment(value: Any, field: str) -> int:
    """Seconds since 1970 of such, or of a time as in ISO 8601, in UTC where it names no zone. Raises Unfit."""
    if type(value) is int:
        return value
    try:
        time = datetime.fromisoformat(value)
        return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())
    except (TypeError, ValueError, OverflowError) as error:
        raise Unfit(f"{field} is no time") from error


@lru_cache(maxsize=1 << 16)
def mbid(written: str) -> str:
    """A MusicBrainz id, or "" where the text is none."""
    return written.lower() if MBID.fullmatch(written.lower()) else ""
