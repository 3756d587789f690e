"""The champion as a model of MLflow: users' and artists' ids in, predicted liking out."""

from pathlib import Path

import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.pyfunc import PythonModel, PythonModelContext

from lastfm_gnn.data import tables
from lastfm_gnn.data.listens import ListenData
from lastfm_gnn.recommend.champion import Champion

TABLES = ("users", "artists", "friends", "tag_assignments", "train")
MOST = 10_000  # pairs a request: a million took 12 GB


class LikingServer(PythonModel):
    """artifacts: `champion` and `model`, the files of choose_champion; and TABLES, of which train is its split's."""

    def load_context(self, context: PythonModelContext) -> None:
        path = {name: Path(context.artifacts[name]) for name in TABLES}
        champion = Champion(Path(context.artifacts["champion"]).parent, path["users"].parent)
        self.data = ListenData(path["users"], path["artists"], champion.seed)
        known = self.data.scored_pairs(tables.read(path["train"], tables.PAIRS))
        side = self.data.side(path["friends"], path["tag_assignments"])
        self.fitted = champion.with_known_scores(len(self.data.users), len(self.data.artists), known, side)

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict | None = None
    ) -> pd.Series:
        """Liking of each row's user_id and artist_id, in [0, 1] but for the network's error: the leaderboard's.
        Raises MlflowException, a client's error over HTTP, for what is no id and for more than MOST rows."""
        if not 1 <= len(model_input) <= MOST:
            raise MlflowException.invalid_parameter_value(f"{len(model_input)} rows; ask for 1 to {MOST} at once")
        for name, numbering in (("user_id", self.data.users), ("artist_id", self.data.artists)):
            known = set(numbering.ids.tolist())
            for one in model_input[name].tolist():
                if type(one) is not int or one not in known:
                    raise MlflowException.invalid_parameter_value(
                        f"{name} {str(one)[:50]} is unknown; give one of the {len(known)} that the model knows"
                    )
        pairs = self.data.pairs(model_input)
        return pd.Series(self.fitted.predict(pairs), index=model_input.index, name="predicted_liking")
