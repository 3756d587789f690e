"""How scripts end."""

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
