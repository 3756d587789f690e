"""A file of torch is read whole, or what is wrong with it is told; nothing in it is run."""

import pickle
from pathlib import Path

import pytest
import torch

from lastfm_gnn.core.checkpoints import load, save
from lastfm_gnn.core.program import InputError


@pytest.fixture
def model(tmp_path) -> Path:
    save(tmp_path / "model.pt", {"weights": torch.arange(1000.0)})
    return tmp_path / "model.pt"


def test_what_was_saved_is_read(model):
    content = load(model, "model", ("weights",))
    assert content["weights"].tolist() == list(range(1000))
    save(model.with_name("other.pt"), content)
    assert model.with_name("other.pt").read_bytes() == model.read_bytes()


@pytest.mark.parametrize("change", [lambda whole: whole[:1000], lambda whole: b"", lambda whole: b"a text"])
def test_a_cut_file_is_told(model, change):
    model.write_bytes(change(model.read_bytes()))
    with pytest.raises(InputError, match=r"model\.pt: no model \(.+\); give another, or delete it and run again"):
        load(model, "model", ())


def test_a_changed_weight_is_told(model):
    content = bytearray(model.read_bytes())
    content[content.index(torch.tensor(500.0).numpy().tobytes())] ^= 1
    model.write_bytes(content)
    with pytest.raises(InputError, match=r"model\.pt: no model \(.*data/0 in it is damaged\)"):
        load(model, "model", ())


def test_code_in_a_file_is_not_run_and_nobody_is_told_how(model, tmp_path):
    class Evil:
        def __reduce__(self):
            return Path.touch, (tmp_path / "run",)

    torch.save({"weights": Evil()}, model)
    with pytest.raises(InputError, match="holds more than numbers and text") as raised:
        load(model, "model", ())
    assert "weights_only" not in str(raised.value)
    model.write_bytes(pickle.dumps(Evil()))
    with pytest.raises(InputError, match="no model"):
        load(model, "model", ())
    assert not (tmp_path / "run").exists()


def test_another_file_of_torch_is_told(model):
    with pytest.raises(InputError, match="no model"):
        load(model, "model", ("settings",))
    torch.save([1], model)
    with pytest.raises(InputError, match="no model"):
        load(model, "model", ())
