"""The chosen model of liking scores, as it is used: for any users of the tables, and for someone who is in none."""

from pathlib import Path

from lastfm_gnn.core.checkpoints import load
from lastfm_gnn.core.files import digest, read_json, sha256
from lastfm_gnn.core.program import InputError
from lastfm_gnn.core.settings import read_settings
from lastfm_gnn.data.listens import ScoredPairs, Side
from lastfm_gnn.data.tables import numbering_sha256
from lastfm_gnn.liking.problem import Fitted, LikingProblem, restored
from lastfm_gnn.ranking.graph_filter import FilterSettings

RECORDED = {
    "league",
    "model",
    "split",
    "valid_mse",
    "mean_valid_mse",
    "filter",
    "model_sha256",
    "tables_sha256",
    "train_sha256",
    "identity",
    "settings",
    "sha256",
}


class Champion:
    """What choose_champion wrote into a folder. Raises InputError where it is not there, cut, edited, or of other
    data than the tables."""

    def __init__(self, folder: Path, tables: Path):
        if not (folder / "champion.json").is_file() or not (folder / "model.pt").is_file():
            others = [f"{one.parent}" for one in sorted(folder.parent.glob("*/champion/champion.json"))]
            if others:  # a demo's, for one
                home = Path(others[0]).parent
                own = home / "tables/own"
                of_it = own if own.is_dir() else home / "tables/hetrec"
                way = f"give --champion {others[0]} --tables {of_it}, of other results"
            else:
                way = (
                    f"run snakemake --cores all {folder}/champion.json, which trains those of the leaderboard, for"
                    " hours (with the --configfile of that folder, if it has one); or make page, in a minute, and"
                    " recommend_artists.py --filter-run"
                )
            raise InputError(f"{folder}: no model was trained and chosen yet; {way}")
        self.record = read_json(folder / "champion.json")
        if not isinstance(self.record, dict) or not self.record.keys() >= RECORDED:
            raise InputError(f"{folder}/champion.json: no record of choose_champion; delete it and run again")
        chosen = {key: value for key, value in self.record.items() if key != "sha256"}
        for name, stated, actual in (
            ("champion.json", self.record["sha256"], digest(chosen)),
            ("model.pt", self.record["model_sha256"], sha256(folder / "model.pt")),
        ):
            if stated != actual:
                raise InputError(f"{folder}/{name}: not what choose_champion wrote; delete the folder and run again")
        if self.record["tables_sha256"] != numbering_sha256(tables):
            raise InputError(
                f"{folder}: its model was trained on other tables than {tables}; give --champion and --tables of the"
                " same results"
            )
        self._saved = load(folder / "model.pt", "model", ("seed", "variant", "settings", "trained"))

    @property
    def seed(self) -> int:
        return self._saved["seed"]

    @property
    def filter(self) -> FilterSettings:
        """Of the graph filter in whose order artists are recommended."""
        return read_settings(FilterSettings, self.record["filter"], "the champion's filter")

    @property
    def variant(self) -> str:
        """The file in liking/models/."""
        return self._saved["variant"]

    def with_known_scores(self, users: int, artists: int, known: ScoredPairs, side: Side) -> Fitted:
        """The model that sees `known` scores among so many users and artists; `side` counts if it was trained so."""
        seen = side if self.record["league"] == "side" else None
        return restored(self._saved, LikingProblem(users, artists, known, None, seen))
