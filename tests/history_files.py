"""Made-up listening histories, in exactly the forms in which services and players export them."""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime

ROS, MUSE = "f6f2326f-6b25-4170-b89d-e235b25508e8", "9c9f1380-2516-4fc9-a3e6-f9f61941d090"
# artist, track, time, milliseconds, MusicBrainz id of the artist
PLAYS = [
    ("Sigur Rós", "Svefn-g-englar", 1_600_000_000, 240_000, ROS),
    ("Sigur Rós", "Hoppípolla", 1_600_000_300, 200_000, ROS),
    ("Muse", 'The "Q", live', 1_600_003_600, 180_000, MUSE),
    ("Sigur Rós", "Svefn-g-englar", 1_600_090_000, 240_000, ROS),
    ("Tyler, The Creator; Kali", "x},{y", 1_700_000_000, 31_000, ""),
]
COUNTS = {"Sigur Rós": 3, "Muse": 1, "Tyler, The Creator; Kali": 1}
ADDRESS, ACCOUNT = "203.0.113.77", "annsaccount"


def written(time, form):
    return datetime.fromtimestamp(time, UTC).strftime(form)


def spotify_extended(plays, indent=None):
    """Older files have the account's name, and addresses as decrypted."""
    rows = [
        {
            "ts": written(time, "%Y-%m-%dT%H:%M:%SZ"),
            "username": ACCOUNT,
            "platform": "Android OS 9 API 28 (samsung, SM-G960F)",
            "ms_played": ms,
            "conn_country": "DE",
            "ip_addr_decrypted": ADDRESS,
            "master_metadata_track_name": track,
            "master_metadata_album_artist_name": artist,
            "master_metadata_album_album_name": "Album",
            "spotify_track_uri": "spotify:track:6rqhFgbbKwnb9MLmUQDhG6",
            "episode_name": None,
            "episode_show_name": None,
            "spotify_episode_uri": None,
            "audiobook_title": None,
            "reason_start": "trackdone",
            "reason_end": "trackdone",
            "shuffle": False,
            "skipped": None,
            "offline_timestamp": 1757456076.0,
        }
        for artist, track, time, ms, _ in plays
    ]
    return json.dumps(rows, indent=indent, ensure_ascii=False).encode()


def spotify_year(plays):
    rows = [
        {"endTime": written(time, "%Y-%m-%d %H:%M"), "artistName": artist, "trackName": track, "msPlayed": ms}
        for artist, track, time, ms, _ in plays
    ]
    return json.dumps(rows, indent=2).encode()


def listenbrainz(plays, **more):
    lines = []
    for artist, track, time, _, mbid in plays:
        mapping = {"caa_id": 1, "artists": [{"artist_mbid": mbid, "join_phrase": ""}], "artist_mbids": [mbid]}
        metadata = {"track_name": track, "artist_name": artist, "mbid_mapping": mapping if mbid else None}
        metadata |= {"release_name": "Album", "additional_info": {"duration": 362, "origin_url": ADDRESS}}
        lines.append(json.dumps({"inserted_at": time + 0.5, "listened_at": time, "track_metadata": metadata} | more))
    return ("\n".join(lines) + "\n").encode()


def rows_of(rows, **options):
    text = io.StringIO()
    csv.writer(text, **options).writerows(rows)
    return text.getvalue()


def lastfm_ghan(plays):
    header = ["uts", "utc_time", "artist", "artist_mbid", "album", "album_mbid", "track", "track_mbid"]
    rows = [
        [time, written(time, "%d %b %Y, %H:%M"), artist, mbid, "Album", "", track, ""]
        for artist, track, time, _, mbid in plays
    ]
    return rows_of([header, *rows]).encode()


def lastfm_stats(plays):
    rows = [[artist, "Album", "", track, 1000 * time] for artist, track, time, *_ in plays]
    header = ["Artist", "Album", "AlbumId", "Track", f"Date#{ACCOUNT}"]
    return b"\xef\xbb\xbf" + rows_of([header, *rows], delimiter=";").encode()


def lastfm_plain(plays):
    rows = [[artist, "Album", track, written(time, "%d %b %Y, %H:%M")] for artist, track, time, *_ in plays]
    return rows_of(rows, lineterminator="\n").encode()


def scrobbler_log(plays):
    lines = ["#AUDIOSCROBBLER/1.1", "#TZ/UTC", "#CLIENT/Rockbox iPod Video 3.15.0"]
    lines += [f"{artist}\tAlbum\t{track}\t1\t{ms // 1000}\tL\t{time}\t" for artist, track, time, ms, _ in plays]
    return ("\n".join(lines) + "\n").encode()


def apple(plays, artists=True):
    header = ["Apple ID Number", *["Artist Name"] * artists, "Client IP Address", "Event End Timestamp", "Event Type"]
    header += ["Play Duration Milliseconds", "Song Name"]
    rows = [
        [ACCOUNT, *[artist] * artists, ADDRESS, written(time, "%Y-%m-%dT%H:%M:%S.123Z"), kind, ms, track]
        for artist, track, time, ms, _ in plays
        for kind in ("PLAY_START", "PLAY_END")
    ]
    return rows_of([header, *rows]).encode()


def zipped(files):
    """A zip of contents by name."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


FORMS = {
    "spotify_extended": spotify_extended,
    "spotify_year": spotify_year,
    "listenbrainz": listenbrainz,
    "lastfm_ghan": lastfm_ghan,
    "lastfm_stats": lastfm_stats,
    "lastfm_plain": lastfm_plain,
    "scrobbler_log": scrobbler_log,
    "apple": apple,
}
