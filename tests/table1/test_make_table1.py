import json

import pandas as pd
import pytest

import explore_listens
import make_table1
import select_model
from lastfm_gnn.core.program import InputError


def put(folder, model, split, mse, mae, pairs=100, source="official"):
    path = folder / model / split / "metrics.json"
    path.parent.mkdir(parents=True)
    protocol = split.rpartition("_")[0]
    identity = {"model": model, "protocol": protocol, "split": split, "source": source}
    content = {"mse": mse, "mae": mae, "pairs": pairs, "identity": identity, "test_sha256": ""}
    path.write_text(json.dumps(content))
    return path


def test_table_by_hand(tmp_path):
    paths = [
        put(tmp_path, "naive_gcn", "published_0", 0.02, 0.2),
        put(tmp_path, "naive_gcn", "published_1", 0.04, 0.4),
        put(tmp_path, "naive_gcn", "leak_free_0", 0.05, 0.1),
        put(tmp_path, "naive_gcn", "leak_free_1", 0.07, 0.1),
        put(tmp_path, "naive_gcn", "user_to_artist_0", 0.04, 0.2),
        put(tmp_path, "naive_gcn", "user_to_artist_1", 0.04, 0.2),
        put(tmp_path, "naive_gcn", "strict_0", 0.1, 0.3),
        put(tmp_path, "naive_gcn", "strict_1", 0.1, 0.3),
        put(tmp_path, "user_mean", "strict_0", 0.012, 0.08, pairs=50),
    ]
    make_table1.main(
        [
            "--models",
            "user_mean",
            "naive_gcn",
            "--baselines",
            "user_mean",
            "--printed",
            '{"naive_gcn": {"mse": 0.0271, "mae": 0.1254}}',
            "--metrics",
            *map(str, paths),
            "--output",
            str(tmp_path / "table1.csv"),
        ]
    )
    assert (tmp_path / "table1.csv").read_text().splitlines() == [
        "model,paper_mse,paper_mae,published_mse,published_mse_sd,published_mae,published_mae_sd,"
        "leak_free_mse,leak_free_mse_sd,leak_free_mae,leak_free_mae_sd,"
        "user_to_artist_mse,user_to_artist_mse_sd,user_to_artist_mae,user_to_artist_mae_sd,"
        "strict_mse,strict_mse_sd,strict_mae,strict_mae_sd,seeds,note",
        # a baseline has no layers, so that without the leak it is one figure
        "user_mean,,,,,,,0.01200,,0.08000,,0.01200,,0.08000,,0.01200,,0.08000,,1,"
        "too few test pairs to mean anything (50)",
        "naive_gcn,0.02710,0.12540,0.03000,0.01414,0.30000,0.14142,0.06000,0.01414,0.10000,0.00000,"
        "0.04000,0.00000,0.20000,0.00000,"
        "0.10000,0.00000,0.30000,0.00000,2,",
    ]


def test_table_says_generated(tmp_path):
    path = put(tmp_path, "user_mean", "strict_0", 0.012, 0.08, source="generated")
    printed = '--printed={"user_mean": {"mse": 0.02, "mae": 0.1}}'  # of the official data: no figure to compare with
    make_table1.main(["--models", "user_mean", "--metrics", str(path), printed, f"--output={tmp_path}/t.csv"])
    table = pd.read_csv(tmp_path / "t.csv")
    assert table.data.tolist() == ["generated"] and table.paper_mse.isna().all()


def test_table_refuses_other_files(tmp_path):
    path = put(tmp_path, "user_mean", "strict_0", 0.012, 0.08)
    path.write_text('{"mse": 0.1}')
    with pytest.raises(InputError, match=r"metrics.json: does not say its model; .*--identity"):
        make_table1.main(["--models", "user_mean", "--metrics", str(path), "--output", str(tmp_path / "t.csv")])


def test_select_takes_the_lowest_validation_error_and_the_first_of_equals(tmp_path):
    paths = []
    for trial, mse in {0: 0.3, 2: 0.1, 10: 0.1, 3: 0.2}.items():
        path = tmp_path / f"trial_{trial}" / "run.json"
        path.parent.mkdir()
        path.write_text(json.dumps({"identity": {"trial": trial}, "settings": {}, "valid": {"mse": mse}}))
        paths.append(str(path))
    select_model.main(["--runs", *paths, "--output", str(tmp_path / "selected.json")])
    assert json.loads((tmp_path / "selected.json").read_text())["trial"] == 2


def test_figures_are_drawn(tiny_tables, tmp_path):
    explore_listens.main([f"--listens={tiny_tables}/listens.parquet", f"--output-folder={tmp_path}"])
    names = [f"{name}.{form}" for name in ("counts", "degrees", "scores") for form in ("png", "svg")]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    with pytest.raises(InputError, match="user 1 is in no listen"):
        explore_listens.main([f"--listens={tiny_tables}/listens.parquet", "--user=1", f"--output-folder={tmp_path}"])
