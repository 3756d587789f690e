"""The whole pipeline runs on somebody's own CSV, and a bad one costs no table."""

import json
import re

import pandas as pd
import pytest
import yaml

import history_files
from conftest import snakemake


def pair_of(row):
    """Names of a user and an artist."""
    return f"user {row.user_id}", f"artist {row.artist_id}, the"


@pytest.fixture
def own_project(project, tiny_listens):
    """A project with a CSV of the tiny listens, and of the tiny experiment what is soon done."""
    rows = [(*pair_of(row), row[2]) for row in tiny_listens.itertuples(index=False)]
    pd.DataFrame(rows, columns=["user", "artist", "count"]).to_csv(project / "my_listens.csv", index=False)
    config = yaml.safe_load((project / "config/config.yaml").read_text())
    network = config["liking"]["networks"]["edge_weight"]
    del network["published_decay"]
    config["liking"] |= {"networks": {"edge_weight": network}, "tuned_decays": [1.0]}
    config |= {"tracking": False, "seeds": [0]}
    (project / "config/config.yaml").write_text(yaml.safe_dump(config))
    return project


OWN = ["--cores=1", "--configfile", "config/own.yaml", "--"]


def test_whole_pipeline_on_own_listens(own_project, tiny_listens):
    done = snakemake(own_project, *OWN, "results/own/table1.csv")
    assert done.returncode == 0, done.stdout
    table = pd.read_csv(own_project / "results/own/table1.csv").set_index("model")
    assert table.index.tolist() == ["edge_weight", "user_mean"]
    assert (table.data == "own").all() and table.paper_mse.isna().all() and table.strict_mse.notna().all()
    folder = own_project / "results/own"
    record = json.loads((folder / "runs/table1/user_mean/strict_0/trial_0/run.json").read_text())
    assert record["identity"]["source"] == "own"  # as its tables say: no option of the script
    rows = pd.read_parquet(folder / "runs/table1/user_mean/strict_0/predictions.parquet")
    names = pd.read_parquet(folder / "tables/own/user_names.parquet")
    artists = pd.read_parquet(folder / "tables/own/artists.parquet")
    rows = rows.merge(names, on="user_id").merge(artists, on="artist_id")
    liking = {pair_of(row): row.liking for row in tiny_listens.itertuples()}
    measured = {(row.name_x, row.name_y): row.liking for row in rows.itertuples()}
    assert len(measured) == 60 and measured == pytest.approx({pair: liking[pair] for pair in measured})

    done = snakemake(own_project, "--dry-run", "--printshellcmds", *OWN)  # everything
    assert done.returncode == 0, done.stdout
    runs = set(re.findall(r"results/own/runs/(\w+/\w+)/\w+/strict_0/users.parquet", done.stdout))
    assert runs == {"liking/scores", "ranking/listens"}
    jobs = set(re.findall(r"^(?:local)?rule (\w+):", done.stdout, re.MULTILINE))
    assert "make_leaderboard" in jobs and not {one for one in jobs if re.search("friend|asia|user", one)}


def test_friends_and_tags_beside_it_bring_their_leagues(own_project, tiny_tables):
    frames = {
        name: pd.read_parquet(tiny_tables / f"{name}.parquet") for name in ("friends", "tags", "tag_assignments")
    }
    friends = "user " + frames["friends"].astype(str)
    friends.set_axis(["user", "friend"], axis=1).to_csv(own_project / "friends.csv", index=False)
    tags = frames["tag_assignments"].merge(frames["tags"])
    tags["user"] = "user " + tags.user_id.astype(str)
    tags["artist"] = "artist " + tags.artist_id.astype(str) + ", the"
    tags[["user", "artist", "tag", "date"]].to_csv(own_project / "tags.csv", index=False)
    config = yaml.safe_load((own_project / "config/config.yaml").read_text())
    ranking = config["leaderboard"]["ranking"]
    ranking["leagues"] += ["side", "own_tags"]
    grid = ranking["models"]["ease"]["grid"] | {"tags": [0.5], "friends": [0.1], "own": [1]}
    ranking["models"]["ease_side"] = {
        "file": "ease_side",
        "kind": "baseline",
        "leagues": ["side", "own_tags"],
        "grid": grid,
    }
    (own_project / "config/config.yaml").write_text(yaml.safe_dump(config))
    made = (
        "leaderboard.csv",
        "recommendations/friends_hetrec.parquet",
        "explanations/liking/user_1/liking.csv",
        "recommend.html",
    )
    done = snakemake(own_project, *OWN, *(f"results/own/{name}" for name in made))
    assert done.returncode == 0, done.stdout
    table = pd.read_csv(own_project / "results/own/leaderboard.csv")
    assert (table.data == "own").all()
    leagues = set(table[["task", "league"]].itertuples(index=False, name=None))
    assert leagues == {
        *(("liking", league) for league in ("scores", "side")),
        *(("ranking", league) for league in ("listens", "friends", "side", "own_tags")),
        ("friends_hetrec", "graph"),
    }
    explained = pd.read_csv(own_project / "results/own/explanations/liking/user_1/liking.csv")
    assert len(explained) and explained.subject.str.startswith("user ").all()
    recommended = pd.read_parquet(own_project / "results/own/recommendations/friends_hetrec.parquet")
    names = pd.read_parquet(own_project / "results/own/tables/own/user_names.parquet").set_index("user_id").name
    known = {(names[row.user_id], names[row.friend_id]) for row in recommended.itertuples()}
    assert known and not known & set(friends.itertuples(index=False, name=None))


def test_bad_csv_is_shown_in_one_line_by_the_workflow(own_project):
    (own_project / "my_listens.csv").write_text("user,artist,count\nann,Muse,many\n")
    done = snakemake(own_project, *OWN, "results/own/table1.csv")
    assert done.returncode == 1
    [line] = [line for line in done.stdout.splitlines() if "error: " in line]
    assert "my_listens.csv, line 2: count is 'many', not a whole number" in line


def test_tables_stay_until_a_new_file_has_been_read(own_project):
    tables = "results/own/tables/own/listens.parquet"
    assert snakemake(own_project, *OWN, tables).returncode == 0
    before, listens = (own_project / tables).read_bytes(), (own_project / "my_listens.csv").read_text()
    (own_project / "my_listens.csv").write_text("user,artist,count\nann,Muse,many\n")
    assert snakemake(own_project, *OWN, tables).returncode == 1
    assert (own_project / tables).read_bytes() == before
    (own_project / "my_listens.csv").write_text(listens)
    assert snakemake(own_project, *OWN, tables).returncode == 0
    assert (own_project / tables).read_bytes() == before


def test_a_folder_of_histories_is_read_anew_when_a_file_in_it_changes(own_project):
    (own_project / "people/bob").mkdir(parents=True)
    (own_project / "people/ann.csv").write_text("Muse,7\nABBA,2\n")
    (own_project / "people/bob/it's a log").write_bytes(history_files.scrobbler_log(history_files.PLAYS))
    tables = "results/own/tables/own/user_names.parquet"
    asked = ["--cores=1", "--configfile", "config/own.yaml", "--config", "listens=people", "--", tables]
    done = snakemake(own_project, *asked)
    assert done.returncode == 0
    assert sorted(pd.read_parquet(own_project / tables).name) == ["ann", "bob"]
    *_, bob, total, made = done.stdout.splitlines()
    assert bob == "bob: read 1 file: 5 plays of 3 artists, 2020-09-13 to 2023-11-14; left out: nothing"
    assert total == "5 listens of 2 users to 4 artists" and made.startswith(f"{tables} is made")
    assert "bob" not in snakemake(own_project, *asked).stdout  # nothing was read
    counts = own_project / "results/own/tables/own/listens.parquet"
    before = pd.read_parquet(counts)["count"].sum()
    (own_project / "people/ann.csv").write_text("Muse,8\nABBA,2\n")
    assert snakemake(own_project, *asked).returncode == 0
    assert pd.read_parquet(counts)["count"].sum() == before + 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"listens": "none.csv"},
            "config: listens is 'none.csv', which is no file or folder; give the path of one",
        ),
        ({"leaderboard": {"ranking": {"leagues": ["side"]}}}, "leaderboard.ranking.leagues listens"),
    ],
)
def test_config_that_does_not_fit_is_told(own_project, change, message):
    own = yaml.safe_load((own_project / "config/own.yaml").read_text())
    (own_project / "config/own.yaml").write_text(yaml.safe_dump(own | change))
    done = snakemake(own_project, "--dry-run", *OWN)
    assert done.returncode == 1 and message in done.stdout


def test_a_file_that_snakemake_would_take_for_a_pattern_is_told(own_project):
    (own_project / "people").mkdir()
    (own_project / "people/bob{1}.csv").write_text("user,artist,count\nann,Muse,1\nann,Blur,2\n")
    asked = [
        "--dry-run",
        "--configfile",
        "config/own.yaml",
        "--config",
        "listens=people",
        "--",
        "results/own/table1.csv",
    ]
    assert "listens: 'people/bob{1}.csv' has one of { } < >" in snakemake(own_project, *asked).stdout
    (own_project / "people/bob{1}.csv").rename(own_project / "-bob.csv")
    asked = ["--cores=1", "--configfile", "config/own.yaml", "--config", "listens=-bob.csv", "--"]
    assert snakemake(own_project, *asked, "results/own/raw/own/counts.arrow").returncode == 0
