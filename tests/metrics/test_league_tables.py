"""The leaderboard's tables: who is compared with whom, and who wins."""

import json
from itertools import product

import numpy as np
import pandas as pd
import pytest

import make_leaderboard
import trace_number
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.leaderboard.leagues import COMPARED, verdict
from lastfm_gnn.report import charts


@pytest.mark.parametrize(
    ("ends", "p", "expected"),
    [
        ((-3, -1), 0.001, "graph network ahead"),
        ((1, 3), 0.001, "graph network behind"),
        ((-3, 1), 0.001, "level"),  # not on every seed
        ((-3, 0), 0.001, "level"),
        ((-3, -1), 0.02, "level"),
        ((-3, -1), np.nan, "not tested"),
    ],
)
def test_verdict_needs_every_seed_and_both_tests(ends, p, expected):
    row = {"smallest_seed_difference": ends[0], "largest_seed_difference": ends[1], "p_holm": p, "p_seeds": 0.001}
    assert verdict(row, is_error=True) == expected
    assert verdict(row | {"p_holm": 0.001, "p_seeds": p}, is_error=True) == expected
    turned = row | {"smallest_seed_difference": -ends[1], "largest_seed_difference": -ends[0]}
    assert verdict(turned, is_error=False) == expected


def make_run(folder, model, seed, valid, errors, members=None):
    place = folder / "liking" / "scores" / model / f"strict_{seed}"
    place.mkdir(parents=True)
    users = pd.DataFrame({"user_id": range(len(errors)), "count": 2, "mse": errors, "mae": errors, "spearman": 0.1})
    tables.write(place / "users.parquet", users, tables.LIKING_USERS, "generated")
    metrics = {"mse": users.mse.mean(), "mae": users.mae.mean(), "spearman": 0.1, "mse_cold_users": 0.5}
    (place / "metrics.json").write_text(json.dumps(metrics))
    identity = {"task": "liking", "league": "scores", "model": model, "split": f"strict_{seed}", "source": "official"}
    chosen = {} if members is None else {"members": members}
    (place / "run.json").write_text(json.dumps({"identity": identity, "settings": chosen, "valid": {"mse": valid}}))
    return place


# model: kind, members, validation error, what is added to the test error
MODELS = {
    "mean": ("baseline", None, 0.09, 0.040),
    "first": ("second_stage", 1, 0.05, 0.020),
    "second": ("second_stage", 1, 0.04, 0.030),
    "three": ("second_stage", 3, 0.01, 0.010),
    "ours": ("graph_network", 1, 0.06, 0.000),
    "ours_cut": ("ablation", 1, 0.07, 0.010),
}
SEEDS = (1, 2, 3)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Folders of runs: errors of 100 users, seed 0 apart, where all models are worse by 1."""
    folder, random = tmp_path_factory.mktemp("runs"), np.random.default_rng(0)
    easy = random.random(100) / 10
    return [
        make_run(
            folder, model, seed, valid - 1 * (seed == 0), easy + more + random.random(100) / 1000 + (seed == 0), fits
        )
        for model, (_, fits, valid, more) in MODELS.items()
        for seed in (0, *SEEDS)
    ]


def leaderboard(runs, output, tuned=("0",)):
    kinds = json.dumps({"liking": {model: kind for model, (kind, *_) in MODELS.items()}})
    make_leaderboard.main(
        [
            *("--runs", *map(str, runs), f"--kinds={kinds}", "--tuned-seeds", *tuned),
            *('--ablations={"liking": {"ours_cut": "ours"}}', f"--output-folder={output}"),
        ]
    )
    names = ("leaderboard", "comparisons", "winners", "activity", "ablations")
    return {name: pd.read_csv(output / f"{name}.csv") for name in names}


@pytest.fixture(scope="module")
def outputs(runs, tmp_path_factory):
    output = tmp_path_factory.mktemp("outputs")
    outputs = leaderboard(runs, output)
    assert (output / "figures/leaderboard_liking.png").stat().st_size > 1000
    return outputs


def test_tuned_seeds_stand_apart(outputs):
    table = outputs["leaderboard"]
    columns = "task league model kind members metric mean sd seeds low high mean_tuned_seeds note"
    assert table.columns.tolist() == columns.split()
    rows = table[table.metric == "mse"].set_index("model")
    assert rows.index.tolist() == ["mean", "first", "second", "three", "ours"]  # an ablation is no entry
    assert (rows.seeds == len(SEEDS)).all() and rows.note.isna().all()
    assert rows["mean"]["ours"] == pytest.approx(0.05, abs=0.01)
    assert (rows.mean_tuned_seeds - rows["mean"]).to_numpy() == pytest.approx(np.ones(5), abs=1e-3)
    assert (rows.low < rows["mean"]).all() and (rows["mean"] < rows.high).all()
    activity = outputs["activity"]
    assert activity[["metric", "activity", "of"]].drop_duplicates().to_numpy().tolist() == [["mse", "cold", "users"]]
    figure = charts.leaderboard(table, "mse")
    assert [trace.name for trace in figure.data] == ["baseline", "second_stage", "graph_network"]
    assert figure.data[0].customdata[0].tolist()[0] == "–" and figure.data[2].customdata[0].tolist()[0] == "1"


def test_like_is_compared_with_like_by_validation(outputs):
    rows = outputs["comparisons"]
    rows = rows[rows.metric == "mse"].set_index("model")
    assert rows.groupby(level=0, sort=False).apply(
        lambda of: dict(zip(of.other_kind, of.other, strict=True))
    ).to_dict() == {
        "mean": {"second_stage": "three", "graph_network": "ours"},  # nothing random: against all
        "first": {"baseline": "mean", "graph_network": "ours"},
        "second": {"baseline": "mean", "graph_network": "ours"},
        "three": {"baseline": "mean"},  # no graph network has three members
        "ours": {"baseline": "mean", "second_stage": "second"},  # though the first tests better
    }
    [ours] = rows[(rows.index == "ours") & (rows.other == "second")].to_dict("records")
    assert ours["difference"] == pytest.approx(-0.030, abs=1e-3) and ours["p_holm"] < 1e-10
    assert ours["smallest_seed_difference"] <= ours["difference"] <= ours["largest_seed_difference"] < 0
    assert ours["p_seeds"] < 1e-4 and ours["low"] <= ours["difference"] <= ours["high"]
    assert (rows.p_holm >= rows.p).all()
    ablations = outputs["ablations"].set_index("metric")
    assert ablations.difference["mse"] == pytest.approx(0.010, abs=1e-3) and ablations.model["mse"] == "ours"


def test_which_kind_wins(outputs):
    rows = outputs["winners"]
    assert rows[["members", "kind", "model"]].to_numpy().tolist() == [
        [1, "baseline", "mean"],
        [1, "second_stage", "second"],
        [1, "graph_network", "ours"],
        [3, "baseline", "mean"],
        [3, "second_stage", "three"],
    ]
    assert rows.verdict.fillna("").tolist() == ["graph network ahead"] * 2 + [""] * 3
    assert (rows.graph_network.dropna() == "ours").all()


def test_one_seed_has_neither_deviation_nor_test_over_seeds(runs, tmp_path):
    outputs = leaderboard([run for run in runs if run.name == "strict_1"], tmp_path, tuned=())
    table = outputs["leaderboard"]
    assert table.sd.isna().all() and table.mean_tuned_seeds.isna().all() and table["mean"].notna().all()
    rows = outputs["comparisons"].query("metric == 'mse'")
    assert rows.p_seeds.isna().all() and rows.p.notna().all()
    assert (rows.smallest_seed_difference == rows.largest_seed_difference).all()
    assert outputs["winners"].verdict.dropna().tolist() == ["not tested"] * 2


def test_runs_that_do_not_fit_are_told(runs, tmp_path):
    with pytest.raises(InputError, match="liking/scores/mean: no run but of --tuned-seeds"):
        leaderboard(runs[:1], tmp_path)
    with pytest.raises(InputError, match="says nothing of mean"):
        make_leaderboard.main(["--runs", str(runs[0]), '--kinds={"liking": {}}', f"--output-folder={tmp_path}"])
    other = [make_run(tmp_path, "ours", seed, 0.1, np.ones(9), members=seed) for seed in (1, 3)]
    with pytest.raises(InputError, match="1 and 3 members in different seeds"):
        leaderboard(other, tmp_path)


def test_a_run_that_is_there_twice_or_of_another_split_is_told(runs, tmp_path):
    with pytest.raises(InputError, match="strict_1: of strict_1; give one run a seed of a strict split"):
        leaderboard([runs[1], *runs], tmp_path)
    run = make_run(tmp_path, "ours", 1, 0.1, np.ones(9), members=1)
    (run / "run.json").write_text((run / "run.json").read_text().replace("strict_1", "published_1"))
    with pytest.raises(InputError, match="of published_1; give one run a seed"):
        leaderboard([run], tmp_path)


def test_a_mean_outside_its_interval_is_drawn_all_the_same(tmp_path):
    runs = [make_run(tmp_path, "ours", seed, 0.1, np.full(1, 0.1 * seed), 1) for seed in (1, 2, 3)]
    users = runs[2] / "users.parquet"
    tables.write(users, tables.read(users, tables.LIKING_USERS).assign(count=90), tables.LIKING_USERS, "generated")
    row = leaderboard(runs, tmp_path)["leaderboard"].iloc[0]
    assert row["mean"] < row.low and (tmp_path / "figures/leaderboard_liking.png").is_file()


def test_few_test_pairs_are_noted(tmp_path):
    run = make_run(tmp_path, "ours", 1, 0.1, np.ones(6), members=1)
    table = leaderboard([run], tmp_path)["leaderboard"]
    assert (table.note == "too few test pairs to mean anything (12)").all()


def test_trace_number_makes_differences_and_intervals_again(outputs, runs):
    compared = [name for name in COMPARED if name != "p_holm"]
    columns = {"winners": compared, "comparisons": compared, "ablations": compared, "leaderboard": ["low", "high"]}
    cells = 0
    for table, names in columns.items():
        for (_, row), name in product(outputs[table].query("metric == 'mse'").iterrows(), names):
            if pd.notna(row[name]):
                sources = trace_number.sources_of(row, name, runs[0].parents[3], [0])
                _, value = trace_number.anew(row, name, sources)
                near = {"rel": 0.05, "abs": 0} if name in ("p", "p_seeds") else {"abs": 1e-6}
                assert value == pytest.approx(row[name], **near), (table, name, row)
                cells += 1
    assert cells > 100
    row = outputs["winners"].dropna(subset="graph_network").iloc[0]
    sources = trace_number.sources_of(row, "difference", runs[0].parents[3], [0])
    assert len(sources) == 2 * len(SEEDS)
    with pytest.raises(InputError, match=f"liking/scores/{row.model}: its runs are gone"):
        trace_number.from_units(row, "difference", sources[: len(SEEDS)])
