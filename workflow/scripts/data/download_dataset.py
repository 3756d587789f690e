"""Put the raw files of HetRec 2011 LastFM-2k into a folder: from a local data folder, else from the network.

Whatever the source, every file is checked against its known sha256 before it gets its name.

    python workflow/scripts/data/download_dataset.py --output-folder results/raw/hetrec
"""

import shutil
import tempfile
from pathlib import Path

from lastfm_gnn.core import program
from lastfm_gnn.core.files import sha256, whole
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import hetrec
from lastfm_gnn.data.downloads import data_folder, download, unzip

ADVICE = (
    f"put the unzipped files into DATA_FOLDER/{hetrec.FOLDER} (LASTFM_DATA sets DATA_FOLDER),"
    " or try the whole pipeline without data: make demo"
)


def copy_checked(source: Path, output: Path) -> None:
    """Copy the raw files, each under its name only once its checksum is right."""
    for name, known in hetrec.SHA256.items():
        if not (source / name).is_file():
            raise InputError(f"{source / name} is missing; {ADVICE}")
        with whole(output / name) as temporary:
            shutil.copyfile(source / name, temporary)
            if sha256(temporary) != known:
                raise InputError(f"{source / name}: its sha256 is not the published file's; {ADVICE}")


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--output-folder", type=Path, required=True)
    parser.add_argument("--data-folder", default="../shared/data", help="looked into first; LASTFM_DATA wins")
    parser.add_argument("--url", default=hetrec.URL, help="where the zip is when there is no local copy")
    args = parser.parse_args(argv)

    local = data_folder(args.data_folder) / hetrec.FOLDER
    args.output_folder.mkdir(parents=True, exist_ok=True)
    if local.is_dir():
        copy_checked(local, args.output_folder)
        return
    with tempfile.TemporaryDirectory(dir=args.output_folder) as folder:
        archive = download(args.url, hetrec.ZIP_SHA256, Path(folder), ADVICE)
        unzip(archive, list(hetrec.SHA256), Path(folder), ADVICE)
        copy_checked(Path(folder), args.output_folder)


if __name__ == "__main__":
    program.run(main)
