"""The chosen model of liking scores, as it is used: for any users of the tables, and for someone who is in none."""

from pathlib import Path

import torch

from lastfm_gnn.files import read_json
from lastfm_gnn.liking_models import Fitted, LikingProblem, restored
from lastfm_gnn.listen_data import Pairs, Side
from lastfm_gnn.program import InputError


class Champion:
    """What choose_champion wrote into a folder. Raises InputError where it is not there or cut."""

    def __init__(self, folder: Path):
        if not (folder / "champion.json").is_file() or not (folder / "model.pt").is_file():
            raise InputError(
                f"{folder}: no model was trained and chosen yet; run"
                f" snakemake --cores all {folder}/champion.json, which trains those of the leaderboard"
            )
        self.record = read_json(folder / "champion.json")
        try:
            self._saved = torch.load(folder / "model.pt", weights_only=True)
        except (RuntimeError, EOFError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise InputError(
                f"{folder}/model.pt: not a readable model ({reason}); delete it and run again"
            ) from error

    @property
    def seed(self) -> int:
        return self._saved["seed"]

    def told(self, users: int, artists: int, known: Pairs, side: Side) -> Fitted:
        """The model, told of `known` scores among so many users and artists; `side` counts if it was trained so."""
        side = side if self.record["league"] == "side" else None
        return restored(self._saved, LikingProblem(users, artists, known, known.take([0]), side))
