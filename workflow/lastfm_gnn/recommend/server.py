"""The champion as a model of MLflow. Rows of user_id and artist_id are answered by the predicted liking; rows of
plays or user, and top, by recommended artists: they are the requests and answers of recommend/requests.py."""

from pathlib import Path

import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.pyfunc import PythonModel, PythonModelContext

from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.data.listens import ListenData, Pairs
from lastfm_gnn.recommend.artists import Recommender
from lastfm_gnn.recommend.champion import Champion
from lastfm_gnn.recommend.requests import FIELDS, Answers

TABLES = ("users", "artists", "friends", "tag_assignments", "listens", "train")
PAIR = ("user_id", "artist_id")
MOST, PEOPLE = 10_000, 20  # pairs, and recommendations, a request: a million pairs took 12 GB


class Refusal(MlflowException):
    """A client's error over HTTP. It keeps to its one sentence: MLflow's server would put the request before it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, error_code=INVALID_PARAMETER_VALUE)

    def __setattr__(self, name: str, value: object) -> None:
        if name != "message" or "message" not in self.__dict__:
            super().__setattr__(name, value)


class ChampionServer(PythonModel):
    """artifacts: `champion` and `model`, the files of choose_champion; and TABLES, of which train is its split's."""

    def load_context(self, context: PythonModelContext) -> None:
        path = {name: Path(context.artifacts[name]) for name in TABLES}
        folder = path["users"].parent
        champion = Champion(Path(context.artifacts["champion"]).parent, folder)
        self.data = ListenData(path["users"], path["artists"], champion.seed)
        known = self.data.scored_pairs(tables.read(path["train"], tables.PAIRS))
        self.known = self._keys(known)
        side = self.data.side(path["friends"], path["tag_assignments"])
        self.fitted = champion.with_known_scores(len(self.data.users), len(self.data.artists), known, side)
        self.fitted.predict(Pairs(np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)))  # no client waits for it
        self.answers = Answers(Recommender.load(folder, champion), folder)

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict | None = None
    ) -> pd.Series | list[dict]:
        """Liking of each row's pair, in [0, 1] but for the network's error: the leaderboard's. Or each row's answer.
        Raises Refusal for what is no id or no request, for listens whose scores the model knows, and for too many
        rows."""
        asked = set(model_input.columns)
        if asked == set(PAIR):
            expect_rows(model_input, MOST)
            return self._liking(model_input)
        if not asked or not asked <= set(FIELDS):
            raise Refusal("give the columns user_id and artist_id, or plays (or user) and top if you like")
        expect_rows(model_input, PEOPLE)
        try:
            return [self.answers.answer(request(row)) for row in model_input.to_dict("records")]
        except InputError as error:
            raise Refusal(str(error)) from error

    def _keys(self, pairs: Pairs) -> np.ndarray:
        """(n,): a number of its own for each pair of user and artist."""
        return pairs.user * len(self.data.artists) + pairs.artist

    def _liking(self, pairs: pd.DataFrame) -> pd.Series:
        for name, numbering in (("user_id", self.data.users), ("artist_id", self.data.artists)):
            known = set(numbering.ids.tolist())
            for one in pairs[name].tolist():
                if type(one) is not int or one not in known:
                    raise Refusal(
                        f"{name} {str(one)[:50]} is unknown; give one of the {len(known)} that the model knows"
                    )
        asked = self.data.pairs(pairs)
        for row in np.flatnonzero(np.isin(self._keys(asked), self.known))[:1]:
            one = pairs.iloc[row]
            raise Refusal(
                f"user_id {one.user_id}, artist_id {one.artist_id} is a listen whose score the model knows; ask for"
                " others"
            )
        predicted = self.fitted.predict(asked)
        return pd.Series(predicted, index=pairs.index, name="predicted_liking")


def expect_rows(rows: pd.DataFrame, most: int) -> None:
    if not 1 <= len(rows) <= most:
        raise Refusal(f"{len(rows)} rows; ask for 1 to {most} at once")


def request(row: dict) -> dict:
    """Of a row of a frame, which has NaN where nothing was given, and then whole numbers as fractions."""
    given = {}
    for name, value in row.items():
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if value is not None and value == value:
            given[name] = value
    return given
