"""ListenBrainz: a person's export, and the dumps of everybody's listens."""

from typing import Any

import pyarrow as pa

from lastfm_gnn.data.histories.plays import Play, mbid, text, whole

LISTENS = {
    "listened_at": pa.int64(),
    "timestamp": pa.int64(),  # the same in some dumps
    "user_id": pa.int64(),
    "track_metadata.artist_name": pa.string(),
    "track_metadata.track_name": pa.string(),
    "track_metadata.mbid_mapping.artist_mbids": pa.list_(pa.string()),
}


def is_listen(row: dict[str, Any]) -> bool:
    return isinstance(row.get("track_metadata"), dict) and ("listened_at" in row or "timestamp" in row)


def listen(listened_at: Any, timestamp: Any, user: Any, artist: Any, track: Any, mbids: Any) -> Play:
    """listened_at: when it began. The id is that of a track of one artist: the name of several is nobody's."""
    return Play(
        text(artist, "artist_name"),
        text(track, "track_name"),
        whole(timestamp if listened_at is None else listened_at, "listened_at"),
        None,
        mbid(mbids[0]) if isinstance(mbids, list) and len(mbids) == 1 and isinstance(mbids[0], str) else "",
        "" if user is None else str(whole(user, "user_id")),
    )
