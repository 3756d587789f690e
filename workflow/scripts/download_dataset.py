"""Put the raw files of HetRec 2011 LastFM-2k into a folder: from a local data folder, else from the network.

Whatever the source, every file is checked against its known sha256 before it gets its name.

    python workflow/scripts/download_dataset.py --output-folder results/raw/hetrec
"""

import os
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

import pooch
import requests

from lastfm_gnn import hetrec, program
from lastfm_gnn.files import sha256, whole
from lastfm_gnn.program import InputError

ATTEMPTS = 4
HELP = (
    "put the unzipped files into DATA_FOLDER/hetrec2011-lastfm-2k (LASTFM_DATA sets DATA_FOLDER),"
    " or try the whole pipeline without data: make demo"
)


def download_zip(url: str, folder: Path) -> Path:
    """Download the official zip into `folder`, with retries, and check it."""
    downloader = pooch.HTTPDownloader(timeout=60, progressbar=sys.stderr.isatty())
    print(f"downloading {url}", file=sys.stderr)
    store = pooch.create(
        folder,
        base_url="",
        registry={"data.zip": hetrec.ZIP_SHA256},
        urls={"data.zip": url},
        retry_if_failed=ATTEMPTS - 1,
    )
    try:
        return Path(store.fetch("data.zip", downloader=downloader))
    except (requests.RequestException, ValueError) as error:
        # pooch raises ValueError where the hash is not the known one
        raise InputError(f"{url}: {' '.join(str(error).split())}; {HELP}") from error


def unzip(archive: Path, folder: Path) -> None:
    """Unpack the files that the pipeline reads, wherever they lie in the archive."""
    try:
        with zipfile.ZipFile(archive) as content:
            members = {Path(name).name: name for name in content.namelist()}
            for name in hetrec.SHA256:
                if name not in members:
                    raise InputError(f"{archive.name}: {name} is missing from the zip; {HELP}")
                with content.open(members[name]) as source, (folder / name).open("wb") as target:
                    shutil.copyfileobj(source, target)
    except zipfile.BadZipFile as error:
        raise InputError(f"{archive.name}: a broken zip ({error}); {HELP}") from error


def copy_checked(source: Path, output: Path) -> None:
    """Copy the raw files, each under its name only once its checksum is right."""
    for name, known in hetrec.SHA256.items():
        if not (source / name).is_file():
            raise InputError(f"{source / name} is missing; {HELP}")
        with whole(output / name) as temporary:
            shutil.copyfile(source / name, temporary)
            if sha256(temporary) != known:
                raise InputError(f"{source / name}: its sha256 is not the published file's; {HELP}")


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--output-folder", type=Path, required=True)
    parser.add_argument(
        "--data-folder", type=Path, default="../shared/data", help="looked into first; LASTFM_DATA wins"
    )
    parser.add_argument("--url", default=hetrec.URL, help="where the zip is when there is no local copy")
    args = parser.parse_args(argv)

    local = Path(os.environ.get("LASTFM_DATA", args.data_folder)) / hetrec.FOLDER
    args.output_folder.mkdir(parents=True, exist_ok=True)
    if local.is_dir():
        copy_checked(local, args.output_folder)
    else:
        with tempfile.TemporaryDirectory(dir=args.output_folder) as folder:
            archive = download_zip(args.url, Path(folder))
            unzip(archive, Path(folder))
            copy_checked(Path(folder), args.output_folder)


if __name__ == "__main__":
    program.run(main)
