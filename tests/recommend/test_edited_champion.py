"""A champion whose files were edited is told in one line, whatever was changed in them."""

import json
import math
import shutil
from pathlib import Path

import pytest
import torch

from lastfm_gnn.core.program import InputError
from lastfm_gnn.liking.problem import restored
from lastfm_gnn.recommend.champion import Champion


@pytest.fixture
def folder(tmp_path, tiny_champion) -> Path:
    return shutil.copytree(tiny_champion.folder, tmp_path / "chosen")


def without_numbers(saved):
    for value in saved["trained"]["networks"][0].values():
        value.fill_(math.nan)


@pytest.mark.parametrize("edit", [without_numbers, lambda saved: saved.update(trained={})])
def test_an_edited_model_is_told(folder, tiny_tables, edit):
    saved = torch.load(folder / "model.pt", weights_only=True)
    edit(saved)
    torch.save(saved, folder / "model.pt")
    with pytest.raises(InputError, match=r"model.pt: not what choose_champion wrote; delete the folder"):
        Champion(folder, tiny_tables)


@pytest.mark.parametrize(
    "edit",
    [
        lambda record: record["filter"].update(cut=10**9),
        lambda record: record.update(filter={}),
        lambda record: record.update(league="scores"),
        lambda record: record.update(sha256="0"),
    ],
)
def test_an_edited_record_is_told(folder, tiny_tables, edit):
    record = json.loads((folder / "champion.json").read_text())
    edit(record)
    (folder / "champion.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match=r"champion.json: not what choose_champion wrote"):
        Champion(folder, tiny_tables)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ({"variant": "../problem"}, "is no file of lastfm_gnn/liking/models; add it, or give one of bias, "),
        ({"variant": "os"}, "is no file of lastfm_gnn/liking/models"),
        ({"settings": {}}, r"the trained edge_network has the settings \[\], but takes"),
        ({"settings": "a text"}, "the trained edge_network is 'a text'; give settings"),
    ],
)
def test_what_a_model_names_is_looked_up_among_known_models(tiny_champion, edit, message):
    saved = torch.load(tiny_champion.folder / "model.pt", weights_only=True)
    with pytest.raises(InputError, match=message):
        restored(saved | edit, None)
