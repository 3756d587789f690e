"""The chosen model of liking scores: saved, chosen, registered, and served over HTTP."""

import json
import os
import shlex
import shutil
import signal
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
import requests
from mlflow import MlflowClient

import choose_champion
import register_champion
from conftest import ROOT, environment
from lastfm_gnn.core.files import write_json
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.recommend import registry
from lastfm_gnn.recommend.champion import Champion
from open_ui import STARTING


@pytest.fixture(scope="module")
def scores(tiny_champion):
    """What the leaderboard's run of the champion predicted for test pairs."""
    scores = pd.read_parquet(tiny_champion.run / "scores.parquet")
    return scores[scores.part == "test"].head(20)


@pytest.fixture
def register(tiny_champion, tiny_tables, tmp_path, monkeypatch):
    """Calls register_champion, with further options, for a store of its own."""
    folder = tmp_path / "results/mlflow"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
    arguments = [
        f"--champion={tiny_champion.folder}",
        f"--tables={tiny_tables}",
        f"--train={tiny_champion.split}/train.parquet",
        f"--requirements={ROOT}/requirements.txt",
        "--name=tiny",
        f"--store-folder={folder}",
        f"--output={folder}/champion.json",
    ]
    return lambda *more: register_champion.main([*arguments, *more])


@pytest.fixture
def registered(register, tmp_path):
    """A store with the champion in it."""
    register()
    folder = tmp_path / "results/mlflow"
    return SimpleNamespace(uri=f"sqlite:///{folder}/mlflow.db", receipt=folder / "champion.json", again=register)


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
    example = json.loads(registered.receipt.read_text())["example"]
    assert model.input_example.to_dict("records") == [example]
    [answer] = model.predict(model.input_example)
    assert len(answer["recommended"]) == 10 and answer["taken_for"] == {}


def test_what_is_served_by_other_code_is_another_version(registered, tmp_path, monkeypatch):
    code = shutil.copytree(registry.CODE, tmp_path / "lastfm_gnn")
    monkeypatch.setattr(registry, "CODE", code)
    for file, version in (("asia/folds.py", "1"), ("liking/networks.py", "2")):  # the champion is a network
        (code / file).write_text((code / file).read_text() + "# edited\n")
        registered.again()
        assert json.loads(registered.receipt.read_text())["version"] == version
    assert str(MlflowClient(registered.uri).get_model_version_by_alias("tiny", "champion").version) == "2"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_mlflows_own_command_serves_it_too(registered, scores, tmp_path):
    address = f"http://127.0.0.1:{free_port()}"
    options = ["--model-uri=models:/tiny@champion", "--env-manager=local", "--host=127.0.0.1"]
    with (tmp_path / "printed.log").open("w") as printed:
        process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", "models", "serve", *options, f"--port={address.rsplit(':')[-1]}"],
            env=environment(MLFLOW_TRACKING_URI=registered.uri),
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        with requests.Session() as session:
            session.mount("http://", STARTING)
            session.get(f"{address}/ping", timeout=60).raise_for_status()
            pairs = scores[["user_id", "artist_id"]].to_dict(orient="split", index=False)
            answer = session.post(f"{address}/invocations", json={"dataframe_split": pairs}, timeout=60)
        assert answer.ok, answer.text
        predicted = [row["predicted_liking"] for row in answer.json()["predictions"]]
        np.testing.assert_allclose(predicted, scores.predicted, atol=1e-6)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)


def test_served_champion_answers_http(registered, scores, tiny_champion, tiny_tables, tmp_path):
    """As `make serve` serves it: the line that it prints, answers to pairs and to listens, and refusals."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, ROOT / "workflow/serve_champion.py"],
        cwd=tmp_path,
        env=environment(SERVE_PORT=str(port)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )

    def send(body, **headers):
        header = {"Content-Type": "application/json"} | headers
        request = urllib.request.Request(f"http://127.0.0.1:{port}/invocations", body, header)
        return json.load(urllib.request.urlopen(request, timeout=60))["predictions"]

    def ask(body):
        return send(json.dumps(body).encode())

    def split(frame):
        return {"dataframe_split": frame.to_dict(orient="split", index=False)}

    def records(*requests):
        return {"dataframe_records": requests}

    try:
        printed = process.stdout.readline()
        assert printed.startswith("tiny of results/mlflow answers; Ctrl-C ends it: curl"), printed
        _, address, _, example = shlex.split(printed.split("ends it: ")[1])
        assert address == f"http://127.0.0.1:{port}/invocations"
        assert len(send(example.encode())[0]["recommended"]) == 10
        pairs = scores[["user_id", "artist_id"]]
        answers = [row["predicted_liking"] for row in ask(split(pairs))]
        np.testing.assert_allclose(answers, scores.predicted, atol=1e-6)
        known = pd.read_parquet(tiny_champion.split / "train.parquet")[["user_id", "artist_id"]].tail(1)
        names = pd.read_parquet(tiny_tables / "artists.parquet").name
        plays = {names[0]: 120, names[1]: 30}
        of_plays, of_user, of_more = ask(records({"plays": plays}, {"user": 2}, {"plays": plays | {names[2]: 400}}))
        assert of_plays["not_found"] == [] and of_user.keys() == {"recommended"}
        assert of_plays["recommended"] != of_more["recommended"]
        reasons = [one["artist"] for row in of_plays["recommended"] for one in row["listens"]]
        assert len(of_plays["recommended"]) == 10 and set(reasons) == set(plays)
        assert ask(records({"plays": plays, "top": 3}))[0]["recommended"] == of_plays["recommended"][:3]
        for wrong, message in (
            (split(pairs.assign(user_id=-1)), "user_id -1 is unknown; give one of the 30"),
            (split(pairs.assign(user_id=pairs.user_id + 0.7)), ".7 is unknown"),
            (split(pairs.assign(artist_id="x")), "artist_id x is unknown"),
            (split(pairs.assign(artist_id=True)), "artist_id True is unknown"),
            (split(pairs.assign(artist_id=None)), "artist_id None is unknown"),
            (split(pd.concat([pairs] * 501)), "10020 rows; ask for 1 to 10000 at once"),
            (split(pairs.head(0)), "0 rows; ask for 1 to"),
            (
                split(pd.concat([pairs, known])),
                "user_id {}, artist_id {} is a listen whose score".format(*known.iloc[0]),
            ),
            (split(pairs[["user_id"]]), "give the columns user_id and artist_id, or plays (or user) and top if"),
            (split(pairs.assign(user=2)), "give the columns user_id and artist_id, or plays"),
            (records({"play": {"a": 1}}), "give the columns user_id and artist_id, or plays"),
            (records({"plays": {names[0]: -3}}), f"the count of {names[0]} is -3; give a whole number from 1 to"),
            (records({"plays": {names[0]: 1e999}}), f"the count of {names[0]} is inf; give a whole number from 1"),
            (records({"plays": {"no such band": 3}}), "none of these 1 artists is in the data: no such band"),
            (records({"plays": plays}, {"user": 2.5}), "user 2.5 is unknown"),
            (records({"plays": plays}, {"user": 0}), "user 0: not in the data, whose 30 users are"),
            (records({"user": 2, "top": 1000}), "top is 1000; give a whole number from 1 to"),
            (records(*[{"user": 2}] * 21), "21 rows; ask for 1 to 20 at once"),
        ):
            with pytest.raises(urllib.error.HTTPError, match="400") as raised:
                ask(wrong)
            assert json.load(raised.value)["message"].startswith(message) or message.startswith(".7")
        for body, headers, status, message in (
            (b" " * (1 << 20) + b"{}", {}, 413, "send at most 1,048,576 bytes"),
            (b"[" * 10**5, {}, 400, "nested too deep"),
            (b'{"dataframe_records": [{"user": %s}]}' % (b"9" * 9999), {}, 400, "a number is too long"),
            (example.encode(), {"Host": "a.page.org"}, 400, "Invalid host header"),
        ):
            with pytest.raises(urllib.error.HTTPError, match=str(status)) as raised:
                send(body, **headers)
            assert message in raised.value.read().decode()
    finally:
        os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does
        rest, _ = process.communicate(timeout=60)
    assert process.returncode == 0 and rest == ""


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


def test_a_champion_of_other_data_is_told(tmp_path, tiny_champion, tiny_tables, register):
    other = shutil.copytree(tiny_tables, tmp_path / "other")
    artists = tables.read(other / "artists.parquet", tables.ARTISTS)
    tables.write(other / "artists.parquet", artists[:-1], tables.ARTISTS, "generated")
    with pytest.raises(InputError, match=r"trained on other tables than .*other; give --champion and --tables"):
        Champion(tiny_champion.folder, other)
    with pytest.raises(InputError, match=r"valid.parquet: not what the model learnt from; give that of strict_0"):
        register(f"--train={tiny_champion.split}/valid.parquet")
