"""The log of players without a network, such as Rockbox: .scrobbler.log."""

from lastfm_gnn.data.histories.plays import SKIPPED, Play, Unfit, whole

FIRST = b"#AUDIOSCROBBLER/"


def is_log(head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").startswith(FIRST)


def log(cells: list[str]) -> Play | str | None:
    """Artist, album, title, number, seconds of the track, L or S, when it began, and the track's MusicBrainz id,
    which some leave out. None of a comment."""
    if cells[0].startswith("#"):
        return None
    if len(cells) not in (7, 8):
        raise Unfit(f"{len(cells)} columns, not 8")
    if cells[5] == "S":
        return SKIPPED
    if cells[5] != "L":
        raise Unfit("the sixth column is neither L nor S")
    seconds = 1000 * whole(cells[4], "the length") if cells[4] else None
    return Play(cells[0], cells[2], whole(cells[6], "the time") if cells[6] else None, seconds)
