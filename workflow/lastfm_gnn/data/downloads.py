"""Raw files from a local data folder or, failing that, from an official zip."""

import lzma
import os
import shutil
import sys
import zipfile
import zlib
from pathlib import Path

import pooch
import requests

from lastfm_gnn.core.program import InputError, reason

ATTEMPTS = 4
LARGEST = 200 * 10**6  # bytes of an unzipped file: the largest of the published ones has some 20 million


def data_folder(default: str) -> Path:
    """The local data folder: the environment variable LASTFM_DATA, else `default`."""
    return Path(os.environ.get("LASTFM_DATA", default))


def download(url: str, known_sha256: str | None, folder: Path, advice: str) -> Path:
    """Download a file into `folder`, with retries and, on a terminal, progress.

    Raises InputError, ending in `advice`, where it cannot be had or its checksum is wrong.
    """
    downloader = pooch.HTTPDownloader(timeout=60, progressbar=sys.stderr.isatty())
    print(f"downloading {url}", file=sys.stderr)
    store = pooch.create(
        folder, base_url="", registry={"data.zip": known_sha256}, urls={"data.zip": url}, retry_if_failed=ATTEMPTS - 1
    )
    try:
        return Path(store.fetch("data.zip", downloader=downloader))
    except (requests.RequestException, ValueError) as error:
        # pooch raises ValueError where the checksum is not the known one
        raise InputError(f"{url}: {reason(error)}; {advice}") from error


def unzip(archive: Path, names: list[str], folder: Path, advice: str) -> None:
    """Unpack the named files, wherever they lie in the archive, straight into the folder. Raises InputError where one
    is missing, damaged, encrypted, or larger than any of the published ones."""
    try:
        with zipfile.ZipFile(archive) as content:
            members = {Path(member).name: member for member in content.namelist()}
            for name in names:
                if name not in members:
                    raise InputError(f"{archive.name}: {name} is missing from the zip; {advice}")
                if content.getinfo(members[name]).file_size > LARGEST:  # zipfile reads no more than this size
                    raise InputError(f"{archive.name}: {name} is larger than {LARGEST // 10**6} MB; {advice}")
                with content.open(members[name]) as source, (folder / name).open("wb") as target:
                    shutil.copyfileobj(source, target)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, OSError) as error:
        # RuntimeError: encrypted, or of a compression that is not known
        if isinstance(error, OSError) and error.errno:
            raise
        raise InputError(f"{archive.name}: a broken zip ({reason(error)}); {advice}") from error
