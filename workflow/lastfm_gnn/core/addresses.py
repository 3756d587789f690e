"""Addresses of stores and servers, fit to be printed."""

import re


def masked(text: str) -> str:
    """The text without the users and passwords of addresses in it."""
    return re.sub(r"(password=)[^&\s]*", r"\1***", re.sub(r"://\S*@", "://***@", text))
