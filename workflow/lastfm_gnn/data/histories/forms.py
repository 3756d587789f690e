"""The forms of histories that are taken, and how a file is told to be of one: by how it begins, never by its name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from lastfm_gnn.core.program import InputError
from lastfm_gnn.data.histories import apple, lastfm, listenbrainz, scrobbler, spotify
from lastfm_gnn.data.histories.csv_rows import csv_rows, wrong
from lastfm_gnn.data.histories.json_rows import Fields, first_object, json_rows
from lastfm_gnn.data.histories.parts import Part
from lastfm_gnn.data.histories.plays import Play, Unfit

Rows = Iterator[Play | str]  # a play, or why it is left out


@dataclass(frozen=True)
class Form:
    """tells: by the beginning of a file. seconds: how exact its times are."""

    name: str
    tells: Callable[[bytes], bool]
    read: Callable[[Part], Rows]
    seconds: int = 1


def _of_objects(
    is_row: Callable[[dict[str, Any]], bool], fields: Fields, play: Callable[..., Play | str]
) -> tuple[Callable[[bytes], bool], Callable[[Part], Rows]]:
    def read(part: Part) -> Rows:
        for number, row in enumerate(json_rows(part, fields), start=1):
            try:
                yield play(*row)
            except Unfit as error:
                raise InputError(f"{part.name}, entry {number}: {error}; get the file anew") from error

    return lambda head: is_row(first_object(head)), read


def _of_lines(
    play: Callable[[list[str]], Play | str | None], separator: str = ",", header: bool = True, quotes: bool = True
) -> Callable[[Part], Rows]:
    def read(part: Part) -> Rows:
        rows = csv_rows(part, separator, quotes)
        if header:
            next(rows, None)
        for line, cells in rows:
            try:
                row = play(cells)
            except Unfit as error:
                raise wrong(part, line, str(error)) from error
            if row is not None:
                yield row

    return read


def _apple(part: Part) -> Rows:
    header = [cell.strip() for _, cells in zip((0,), csv_rows(part), strict=False) for cell in cells[1]]
    yield from _of_lines(partial(apple.activity, header=header))(part)


FORMS = [
    Form("Spotify, extended history", *_of_objects(spotify.is_extended, spotify.EXTENDED, spotify.extended)),
    Form("Spotify, one year", *_of_objects(spotify.is_year, spotify.YEAR, spotify.year), seconds=60),
    Form("ListenBrainz", *_of_objects(listenbrainz.is_listen, listenbrainz.LISTENS, listenbrainz.listen)),
    Form("Last.fm by ghan.nl", lastfm.is_ghan, _of_lines(lastfm.ghan)),
    Form("Last.fm by lastfmstats.com", lastfm.is_stats, _of_lines(lastfm.stats, ";")),
    Form("Last.fm by lastfm-to-csv", lastfm.is_plain, _of_lines(lastfm.plain, header=False), seconds=60),
    Form(".scrobbler.log", scrobbler.is_log, _of_lines(scrobbler.log, "\t", header=False, quotes=False)),
    Form("Apple Music", apple.is_activity, _apple),
]


def form_of(part: Part) -> Form | None:
    head = part.head()
    return next((form for form in FORMS if form.tells(head)), None)
