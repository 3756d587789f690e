"""The chosen model of liking scores: saved, chosen, registered, and served over HTTP."""

import json
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from types import SimpleNamespace

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

import choose_champion
import register_champion
from conftest import ROOT, environment
from lastfm_gnn.core.files import write_json
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.recommend import registry
from lastfm_gnn.recommend.champion import Champion


@pytest.fixture(scope="module")
def scores(tiny_champion):
    """What the leaderboard's run of the champion predicted for test pairs."""
    scores = pd.read_parquet(tiny_champion.run / "scores.parquet")
    return scores[scores.part == "test"].head(20)


@pytest.fixture
def registered(tiny_champion, tiny_tables, tmp_path, monkeypatch):
    """A store with the champion in it."""
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    arguments = [
        f"--champion={tiny_champion.folder}",
        f"--tables={tiny_tables}",
        f"--train={tiny_champion.split}/train.parquet",
        f"--requirements={ROOT}/requirements.txt",
        "--name=tiny",
        f"--store-folder={tmp_path}",
        f"--output={tmp_path}/registered.json",
    ]
    register_champion.main(arguments)
    return SimpleNamespace(
        uri=uri, receipt=tmp_path / "registered.json", again=lambda *more: register_champion.main([*arguments, *more])
    )


def test_the_best_mean_over_seeds_is_chosen(tmp_path, tiny_tables):
    trained = {"settings": {}, "git_commit": "", "data_sha256": {"train.parquet": "0" * 64}}
    for model, errors in {"steady": (3, 3), "lucky": (1, 6)}.items():
        for seed, error in enumerate(errors):
            folder = tmp_path / f"side/{model}/strict_{seed}"
            identity = {"league": "side", "model": model, "split": f"strict_{seed}"}
            write_json(folder / "run.json", {"valid": {"mse": error}, "identity": identity} | trained)
            (folder / "model.pt").write_text(f"{model} {seed}")
    write_json(tmp_path / "filter.json", {"identity": {}, "settings": {"cut": 4}, "valid": {}})
    runs = [str(folder) for folder in sorted(tmp_path.glob("side/*/strict_*"))]
    outputs = [
        f"--filter-run={tmp_path}/filter.json",
        f"--tables={tiny_tables}",
        f"--output-folder={tmp_path}/champion",
    ]
    choose_champion.main(["--runs", *runs, *outputs])
    record = json.loads((tmp_path / "champion/champion.json").read_text())
    assert (record["model"], record["split"], record["filter"]) == ("steady", "strict_0", {"cut": 4})
    assert (tmp_path / "champion/model.pt").read_text() == "steady 0"


def test_registered_model_loads_anywhere_and_predicts_what_was_measured(registered, scores):
    model = mlflow.pyfunc.load_model("models:/tiny@champion")
    backwards = scores[::-1]
    rows = backwards.assign(champion=model.predict(backwards[["user_id", "artist_id"]]))
    np.testing.assert_allclose(rows.champion, rows.predicted, atol=1e-6)
    version = json.loads(registered.receipt.read_text())["version"]
    registered.again()
    assert json.loads(registered.receipt.read_text())["version"] == version  # nothing is registered twice


def test_what_is_served_by_other_code_is_another_version(registered, tmp_path, monkeypatch):
    code = shutil.copytree(registry.CODE, tmp_path / "lastfm_gnn")
    monkeypatch.setattr(registry, "CODE", code)
    for file, version in (("asia/folds.py", "1"), ("liking/networks.py", "2")):  # the champion is a network
        (code / file).write_text((code / file).read_text() + "# edited\n")
        registered.again()
        assert json.loads(registered.receipt.read_text())["version"] == version
    assert str(MlflowClient(registered.uri).get_model_version_by_alias("tiny", "champion").version) == "2"


def test_served_model_answers_http(registered, scores):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    serve = ["models", "serve", "--model-uri=models:/tiny@champion", "--env-manager=local", "--host=127.0.0.1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "mlflow", *serve, f"--port={port}", "--workers=1"],
        env=environment(MLFLOW_TRACKING_URI=registered.uri),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )

    def ask(frame):
        body = json.dumps({"dataframe_split": frame.to_dict(orient="split", index=False)}).encode()
        header = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{port}/invocations", body, header)
        return json.load(urllib.request.urlopen(request, timeout=60))["predictions"]

    try:
        assert any("Uvicorn running on" in line for line in process.stdout)
        pairs = scores[["user_id", "artist_id"]]
        answers = [row["predicted_liking"] for row in ask(pairs)]
        np.testing.assert_allclose(answers, scores.predicted, atol=1e-6)
        for wrong, message in (
            (pairs.assign(user_id=-1), "user_id -1 is unknown; give one of the 30"),
            (pairs.assign(user_id=pairs.user_id + 0.7), ".7 is unknown"),
            (pairs.assign(artist_id="x"), "artist_id x is unknown"),
            (pairs.assign(artist_id=True), "artist_id True is unknown"),
            (pairs.assign(artist_id=None), "artist_id None is unknown"),
            (pd.concat([pairs] * 501), "10020 rows; ask for 1 to 10000 at once"),
            (pairs.head(0), "0 rows; ask for 1 to"),
        ):
            with pytest.raises(urllib.error.HTTPError, match="400") as raised:
                ask(wrong)
            assert message in raised.value.read().decode()
    finally:
        process.terminate()
        process.communicate(timeout=60)


def test_without_a_trained_model_the_way_on_is_told(tmp_path, tiny_tables):
    with pytest.raises(InputError, match=r"no model was trained .* run snakemake"):
        Champion(tmp_path / "champion", tiny_tables)
    write_json(tmp_path / "demo/champion/champion.json", {})
    with pytest.raises(InputError, match=r"give --champion .*/demo/champion --tables .*/demo/tables/hetrec,"):
        Champion(tmp_path / "champion", tiny_tables)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("model.pt", lambda whole: whole[:1000], r"model\.pt: not what choose_champion wrote; delete the folder"),
        ("model.pt", lambda whole: b"", r"model\.pt: not what choose_champion wrote"),
        ("champion.json", lambda whole: whole[:100], r"champion\.json: not readable JSON"),
        (
            "champion.json",
            lambda whole: b"[]",
            r"champion\.json: no record of choose_champion; delete it and run again",
        ),
        ("champion.json", lambda whole: b"{}", r"champion\.json: no record of choose_champion"),
    ],
)
def test_a_cut_champion_is_told(tmp_path, tiny_champion, tiny_tables, name, content, message):
    folder = shutil.copytree(tiny_champion.folder, tmp_path / "chosen")
    (folder / name).write_bytes(content((folder / name).read_bytes()))
    with pytest.raises(InputError, match=message):
        Champion(folder, tiny_tables)


def test_a_champion_of_other_data_is_told(tmp_path, tiny_champion, tiny_tables, registered):
    other = shutil.copytree(tiny_tables, tmp_path / "other")
    artists = tables.read(other / "artists.parquet", tables.ARTISTS)
    tables.write(other / "artists.parquet", artists[:-1], tables.ARTISTS, "generated")
    with pytest.raises(InputError, match=r"trained on other tables than .*other; give --champion and --tables"):
        Champion(tiny_champion.folder, other)
    with pytest.raises(InputError, match=r"valid.parquet: not what the model learnt from; give that of strict_0"):
        registered.again(f"--train={tiny_champion.split}/valid.parquet")
