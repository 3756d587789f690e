"""Which files are read and how, bad ones, and what the program prints."""

import re
import subprocess
import sys

import pytest

import audit_split
from auditing import audit, frame, listens, of_check, parted, run
from conftest import ROOT
from lastfm_gnn.audit.split_files import read_table
from lastfm_gnn.core.program import InputError


def test_csv_and_parquet_are_read_alike(tmp_path):
    parts = parted(listens(8), 8)
    for part, rows in parts.items():
        rows.to_parquet(tmp_path / f"{part}.parquet", index=False)
        rows.to_csv(tmp_path / f"{part}.csv", index=False)
        rows.to_csv(tmp_path / f"{part}.tsv", index=False, sep="\t", encoding="utf-8-sig")
        rows.to_csv(tmp_path / f"{part}.txt", index=False, sep=";", lineterminator="\r\n")
    outputs = [
        run(f"--train={tmp_path}/train.{one}", f"--test={tmp_path}/test.{other}")
        for one, other in (("parquet", "parquet"), ("csv", "csv"), ("tsv", "txt"), ("csv", "parquet"))
    ]
    assert all(output == outputs[0] for output in outputs)


def test_columns_are_recognised_or_named(tmp_path):
    for part in ("train", "test"):
        (tmp_path / f"{part}.csv").write_text(f"who,userID,Artist ID,weight,other\nx,1,{len(part)},2.5,9\n")
    files = f"--train={tmp_path}/train.csv", f"--test={tmp_path}/test.csv"
    assert run(*files)[1]["read"] == "train: 1 rows, test: 1 rows; userID and Artist ID, value weight"
    named = ["--user=who", "--item=other", "--value=userID", "--time=weight"]
    assert run(*files, *named)[1]["read"].endswith("; who and other, value userID, time weight")


def test_ids_that_look_alike_are_not_the_same():
    train = frame([("007", "a"), ("8", "b")])
    assert not of_check(audit(train=train, test=frame([("7", "a"), ("8", "c")]))[1], "same_pair")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "the header is"),
        ("user,item\n", "no rows"),
        ("user,item\n1,2\n3\n", "not a readable CSV"),
        ("user,item\n1,\n", "row 1 below the header: item is missing"),
        ("user,item,value\n1,2,3\n1,3,much\n", "row 2 below the header: value is no number"),
        ("user,item,date\n1,2,yesterday\n", "neither a number nor a date"),
        ("a,b\n1,2\n", "give --user and --item"),
        ("user,user\n1,2\n", "name every column, and each once"),
        (b"user,item\n\xff\xfe,1\n", "UTF"),
        (b"PAR1 and no more", "not a readable"),
        ("user\n1\n", "columns of different kinds"),
    ],
)
def test_bad_files_are_one_line(tmp_path, content, said):
    (tmp_path / "train.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    (tmp_path / "test.csv").write_text("user,item\n1,1\n")
    with pytest.raises(InputError, match=re.escape(said)) as raised:
        audit_split.main([f"--train={tmp_path}/train.csv", f"--test={tmp_path}/test.csv"])
    assert str(tmp_path / "train.csv") in str(raised.value) and "\n" not in str(raised.value)


def test_ids_cannot_write_to_the_terminal(tmp_path, capsys):
    for part in ("train", "test"):
        frame([("\x1b[31mann", "a"), ("bob", "b")]).to_csv(tmp_path / f"{part}.csv", index=False)
    with pytest.raises(SystemExit):
        audit_split.main([f"--train={tmp_path}/train.csv", f"--test={tmp_path}/test.csv"])
    said = capsys.readouterr().out
    assert "\x1b" not in said and "user_id [31mann" in said


def test_parquet_of_types_that_are_no_ids(tmp_path):
    rows = frame([(1, {"a": 1}), (2, {"a": 2})])
    rows.to_parquet(tmp_path / "a.parquet")
    with pytest.raises(InputError, match="row 1 below the header: item_id is of type struct"):
        audit_split.main([f"--train={tmp_path}/a.parquet", f"--test={tmp_path}/a.parquet"])
    frame([(1.5, 1)]).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(InputError, match="user_id is no whole number"):
        audit_split.main([f"--train={tmp_path}/a.parquet", f"--test={tmp_path}/a.parquet"])


def test_lists_of_items_are_rows(tmp_path):
    frame([(1, [3, 4]), (2, [])], "user_id", "artists").to_parquet(tmp_path / "train.parquet")
    frame([(2, [5])], "user_id", "artists").to_parquet(tmp_path / "test.parquet")
    frame([(2, 5), (1, 3)], "user_id", "artist_id").to_parquet(tmp_path / "messages.parquet")
    options = [f"--{part}={tmp_path}/{part}.parquet" for part in ("train", "test", "messages")]
    _, content = run(*options)
    assert content["read"].startswith("train: 2 rows, test: 1 rows")
    assert [(one["severity"], one["count"]) for one in of_check(content["findings"], "messages")] == [
        ("leak", 1),
        ("note", 1),
    ]


def test_missing_files_and_columns(tmp_path):
    with pytest.raises(InputError, match="no such file; make it first"):
        read_table(tmp_path / "none.csv")
    (tmp_path / "a.csv").write_text("user,item\n1,1\n")
    with pytest.raises(InputError, match="no column 'stars' for --value; its columns are"):
        audit_split.main([f"--train={tmp_path}/a.csv", f"--test={tmp_path}/a.csv", "--value=stars"])
    with pytest.raises(InputError, match="--edges goes with a split by users"):
        audit_split.main([*(f"--{name}={tmp_path}/a.csv" for name in ("train", "test", "edges"))])


def test_as_text_and_exit_status_of_the_program(tmp_path, monkeypatch, capsys):
    for part, rows in (("train", "1,1\n1,2\n"), ("test", "1,2\n1,3\n")):
        (tmp_path / f"{part}.csv").write_text("user_id,item_id\n" + rows)

    def program(*options):
        done = subprocess.run(
            [sys.executable, ROOT / "workflow/scripts/audit/audit_split.py", *options],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout.splitlines(), done.stderr

    status, lines, error = program("--train=train.csv", "--test=test.csv")
    assert (status, error) == (3, "")
    assert lines == [
        "train: 2 rows, test: 2 rows; user_id and item_id",
        "LEAK     same_pair: 1 of 2 test rows (50 %) are in train, too, such as user_id 1, item_id 2",
        "NOTE     cold: 1 of 2 items of test (50 %) are not in train; so are those of 1 of 2 test rows (50 %),"
        " such as user_id 1, item_id 3",
        "not looked at: reversed_twin (users and items are two sets, and there is no direction); normaliser (no"
        " values); row_order (no values); future (no times); future_of_others (no times); messages (no --messages)",
        "leaks 1, warnings 0, notes 1",
    ]
    status, lines, error = program("--train=train.csv", "--test=none.csv")
    assert (status, lines) == (1, []) and len(error.splitlines()) == 1
    monkeypatch.chdir(tmp_path)
    assert audit_split.main(["--train=train.csv", "--test=test.csv", "--accept=same_pair"]) is None
    assert capsys.readouterr().out.splitlines()[-1] == "leaks 0, warnings 0, notes 1, accepted 1"
    with pytest.raises(SystemExit) as ended:
        audit_split.main(["--train=train.csv"])
    assert ended.value.code == 2
