"""Apple Music Play Activity.csv, of Apple's archive of what it knows of you."""

from lastfm_gnn.data.histories.csv_rows import first_cells
from lastfm_gnn.data.histories.plays import NO_PLAY, Play, Unfit, moment, whole

EVENT, DURATION, ARTIST = "Event Type", "Play Duration Milliseconds", "Artist Name"
TRACKS = ("Song Name", "Content Name")  # of newer and older files
TIMES = ("Event End Timestamp", "Event Start Timestamp", "Event Timestamp")


def is_activity(head: bytes) -> bool:
    names = {cell.strip() for cells in first_cells(head)[:1] for cell in cells}
    return names >= {EVENT, DURATION} and not names.isdisjoint(TIMES)


def activity(cells: list[str], header: list[str]) -> Play | str:
    if len(cells) != len(header):
        raise Unfit(f"{len(cells)} columns, not {len(header)}")
    row = dict(zip(header, cells, strict=True))
    if row[EVENT] != "PLAY_END":
        return NO_PLAY
    track, time = (next((row[name] for name in names if row.get(name)), "") for names in (TRACKS, TIMES))
    played = row[DURATION].removeprefix("-")  # some are below 0
    ms = whole(played, DURATION) if played == row[DURATION] and played else 0
    return Play(row.get(ARTIST, ""), track, moment(time, "the time") if time else None, ms)
