"""Put the raw files of LastFM Asia into a folder: from a local data folder, else from the official zip.

Edges and target are checked by sha256. The features (users' lists of artists) are checked by git's blob id or,
failing that, by their counts, with a warning. --partial-features names a file, in the local data folder, that has
the lists of some users; --no-features leaves them out.

    python workflow/scripts/data/download_asia.py --no-features --output-folder results/raw/asia
"""

import shutil
import sys
import tempfile
from pathlib import Path

import pandas as pd

from lastfm_gnn.core import program
from lastfm_gnn.core.files import sha256, whole
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import asia
from lastfm_gnn.data.downloads import data_folder, download, unzip

ADVICE = f"put the unzipped files into DATA_FOLDER/{asia.FOLDER} (LASTFM_DATA sets DATA_FOLDER)"
NO_FEATURES = "or say in the config which users' lists there are (asia.features: partial, asia.partial) or none"


def check_features(path: Path) -> None:
    """The official file by its blob id; another one that has its counts passes with a warning."""
    if asia.git_blob(path) == asia.FEATURES_GIT_BLOB:
        return
    users = pd.RangeIndex(asia.USERS)
    likes, known = asia.read_likes(path, set(users))
    if len(known) != asia.USERS or likes.artist_id.nunique() != asia.ARTISTS:
        raise InputError(
            f"{path.name}: {len(known)} users and {likes.artist_id.nunique()} artists, not {asia.USERS} and"
            f" {asia.ARTISTS}; get the official file, {NO_FEATURES}"
        )
    print(f"warning: {path.name} is not the known file to the byte, but has its counts", file=sys.stderr)


def copy_checked(source: Path, name: str, output: Path) -> None:
    """Copy one raw file, under its name only once it is known to be right."""
    if name == asia.FEATURES:
        check_features(source / name)
    with whole(output / name) as temporary:
        shutil.copyfile(source / name, temporary)
        if name != asia.FEATURES and sha256(temporary) != asia.SHA256[name]:
            raise InputError(f"{source / name}: its sha256 is not the published file's; {ADVICE}")


def main(argv: list[str] | None = None) -> None:
    parser = program.parser(__doc__)
    parser.add_argument("--output-folder", type=Path, required=True)
    parser.add_argument("--data-folder", default="../shared/data", help="looked into first; LASTFM_DATA wins")
    parser.add_argument("--url", default=asia.URL, help="where the zip is when a file has no local copy")
    features = parser.add_mutually_exclusive_group()
    features.add_argument("--no-features", action="store_true")
    features.add_argument("--partial-features", help="a file below the data folder; there is no other source of it")
    args = parser.parse_args(argv)

    data = data_folder(args.data_folder)
    local = data / asia.FOLDER
    files = [asia.EDGES, asia.TARGET]
    if not (args.no_features or args.partial_features):
        files.append(asia.FEATURES)
    args.output_folder.mkdir(parents=True, exist_ok=True)
    if args.partial_features:
        partial = data / args.partial_features
        if not partial.is_file():
            raise InputError(
                f"{partial} is missing; put it there, or set asia.features to none or full in the config"
            )
        with whole(args.output_folder / asia.FEATURES) as temporary:
            shutil.copyfile(partial, temporary)
    missing = [name for name in files if not (local / name).is_file()]
    with tempfile.TemporaryDirectory(dir=args.output_folder) as folder:
        if missing:
            advice = f"{ADVICE}, {NO_FEATURES}" if asia.FEATURES in missing else ADVICE
            archive = download(args.url, None, Path(folder), advice)
            unzip(archive, missing, Path(folder), advice)
        for name in files:
            copy_checked(Path(folder) if name in missing else local, name, args.output_folder)


if __name__ == "__main__":
    program.run(main)
