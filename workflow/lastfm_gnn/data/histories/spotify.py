"""Spotify's histories: the extended one and that of one year."""

from typing import Any

import pyarrow as pa

from lastfm_gnn.data.histories.plays import PODCAST, Play, moment, text, whole

ARTIST, TRACK = "master_metadata_album_artist_name", "master_metadata_track_name"
EXTENDED = {
    "ts": pa.timestamp("s", "UTC"),
    "ms_played": pa.int64(),
    ARTIST: pa.string(),
    TRACK: pa.string(),
    "episode_name": pa.string(),
    "audiobook_title": pa.string(),
}
YEAR = {"endTime": pa.timestamp("s"), "msPlayed": pa.int64(), "artistName": pa.string(), "trackName": pa.string()}


def is_extended(row: dict[str, Any]) -> bool:
    return row.keys() >= {"ts", "ms_played", ARTIST}


def extended(ts: Any, ms_played: Any, artist: Any, track: Any, episode: Any, audiobook: Any) -> Play | str:
    """ts: when it ended."""
    if not artist and (episode or audiobook):
        return PODCAST
    return Play(text(artist, ARTIST), text(track, TRACK), moment(ts, "ts"), whole(ms_played, "ms_played"))


def is_year(row: dict[str, Any]) -> bool:
    """Files of podcasts and audiobooks have other columns beside these two."""
    return row.keys() >= {"endTime", "msPlayed"}


def year(end: Any, ms_played: Any, artist: Any, track: Any) -> Play | str:
    """endTime: to the minute."""
    if artist is None and track is None:
        return PODCAST
    return Play(
        text(artist, "artistName"), text(track, "trackName"), moment(end, "endTime"), whole(ms_played, "msPlayed")
    )
