"""How scripts end."""

import argparse
import os
import subprocess
import sys

import pytest

from conftest import ROOT
from lastfm_gnn.core import program
from lastfm_gnn.core.program import InputError


def test_who_closes_the_pipe_hears_nothing():
    code = "from lastfm_gnn.core import program; program.run(lambda: print('line\\n' * 100000))"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT / "workflow", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "line\n"
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 141


def test_what_the_terminal_cannot_show_is_printed_escaped():
    code = r"from lastfm_gnn.core import program; program.run(lambda: print('\u0141ukasz'))"
    environment = os.environ | {"PYTHONIOENCODING": "latin-1"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT / "workflow", env=environment, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"\\u0141ukasz\n", b"")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (InputError("a.csv: cut; get it anew"), "error: a.csv: cut; get it anew"),
        (FileNotFoundError(2, "No such file", "a.csv"), "error: a.csv: No such file; see to it and run again"),
        (KeyboardInterrupt(), 130),
    ],
)
def test_what_went_wrong_is_one_line(error, said):
    def main():
        raise error

    with pytest.raises(SystemExit) as ended:
        program.run(main)
    assert ended.value.code == said


def test_a_bug_is_no_input_error():
    with pytest.raises(ZeroDivisionError):
        program.run(lambda: 1 / 0)


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        (program.seed, ["0", "1000000"], ["-1", "1000001", str(2**64), "9" * 5000, "1.0", "x", "٣", ""]),
        (program.width, ["1", "64"], ["0", "1000000000"]),
        (program.threads, ["1"], ["0", "-1"]),
        (program.positive, ["1", "4096"], ["0"]),
        (program.amount, ["0", "0.01", "1e-3"], ["nan", "inf", "-0.1", "x", ""]),
        (program.number(-0.8, 0.8), ["-0.8", "0", ".8"], ["-0.81", "1", "nan", "-inf", "x", ""]),
    ],
)
def test_numbers_of_the_command_line(kind, right, wrong):
    for text in right:
        assert kind(text) == float(text)
    for text in wrong:
        with pytest.raises(argparse.ArgumentTypeError, match=r"is not a (whole )?number from"):
            kind(text)


def test_an_option_in_json_is_an_object():
    assert program.json_object('{"a": [1]}') == {"a": [1]}
    for text in ("[1]", "5", "null"):
        with pytest.raises(argparse.ArgumentTypeError, match="is not a JSON object"):
            program.json_object(text)
    with pytest.raises(ValueError):  # which argparse takes for the same
        program.json_object("{")
