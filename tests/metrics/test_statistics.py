"""Tests and intervals over users, friendships and seeds, and who is compared with whom."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import kstest, norm, ttest_1samp, ttest_rel

import make_leaderboard
from evaluate_friends import of_friendships
from lastfm_gnn.core.program import InputError
from lastfm_gnn.data import tables
from lastfm_gnn.leaderboard.leagues import verdict
from lastfm_gnn.metrics.statistics import (
    compare,
    corrected_t,
    friendship_error,
    holm,
    interval,
    note,
    over_seeds,
    pooled,
    rank_biserial,
)
from lastfm_gnn.report import charts

NUMBERS = st.floats(-100, 100).map(lambda number: round(number, 3))


def test_pooled_interval_and_comparison_by_hand():
    seeds = [
        pd.DataFrame({"user_id": [1, 2], "count": [2, 1], "mse": [1.0, 4.0], "spearman": [0.5, np.nan]}),
        pd.DataFrame({"user_id": [1, 3], "count": [1, 1], "mse": [4.0, 2.0], "spearman": [0.1, 0.2]}),
    ]
    by_pair = pooled(seeds, "mse", by_count=True)
    assert by_pair.total.tolist() == [6, 4, 2] and by_pair.weight.tolist() == [3, 1, 1]
    assert pooled(seeds, "spearman", by_count=False).index.tolist() == [1, 3]
    low, high = interval(pd.DataFrame({"total": [1.0, 2, 3], "weight": 1.0}))
    assert 1 <= low < 2 < high <= 3
    assert rank_biserial(np.array([1.0, 2, 3, 0])) == 1 and rank_biserial(np.array([-1.0, 2])) == pytest.approx(1 / 3)


def test_p_is_of_the_difference_that_is_printed():
    random = np.random.default_rng(0)
    count = random.integers(1, 9, 50)
    one, other = (pd.DataFrame({"user_id": range(50), "count": count, "mse": random.random(50)}) for _ in range(2))
    by_user = compare(pooled([one], "mse", False), pooled([other], "mse", False))
    assert by_user["difference"] == pytest.approx((one.mse - other.mse).mean())
    assert by_user["p"] == pytest.approx(ttest_rel(one.mse, other.mse).pvalue)
    assert by_user["low"] < by_user["difference"] < by_user["high"]
    by_pair = compare(pooled([one], "mse", True), pooled([other], "mse", True))
    assert by_pair["difference"] == pytest.approx(np.average(one.mse - other.mse, weights=count))
    # ranks say one, the mean says the other: nine users a little better, one much worse
    much = pd.DataFrame({"total": [-1.0] * 9 + [9.0], "weight": 1.0})
    assert compare(much, much * [0, 1])["p"] == 1
    alone = compare(much[:1], much[:1] * [0, 1])
    assert alone["difference"] == -1 and np.isnan(alone["p"])
    assert compare(much, much)["p"] == 1
    nobody = compare(much[:0], much)
    assert all(np.isnan(value) for value in nobody.values())


def test_p_over_users_is_even_where_nothing_differs():
    """400 times, 200 users with two models of equal means, pairs unevenly spread."""
    random = np.random.default_rng(0)
    p_values = []
    for _ in range(400):
        weight = random.integers(1, 6, 200)
        one, other = (
            pd.DataFrame({"total": random.exponential(1, 200) * weight, "weight": weight}) for _ in range(2)
        )
        p_values.append(compare(one, other)["p"])
    assert kstest(p_values, "uniform").pvalue > 0.01


def test_corrected_t_by_hand():
    # mean 2, variance 1: t = 2 / sqrt(1 / 3 + 1 / 3) = sqrt(6); with 2 degrees of freedom p = 1 - t / sqrt(t² + 2)
    assert corrected_t(np.array([1.0, 2.0, 3.0]), 1 / 3) == pytest.approx(1 - np.sqrt(6 / 8))


def test_corrected_t_without_overlap_is_students_and_overlap_raises_p():
    differences = np.random.default_rng(0).normal(0.5, 1, 6)
    student = corrected_t(differences, 0)
    assert student == pytest.approx(ttest_1samp(differences, 0).pvalue)
    assert student < corrected_t(differences, 0.1) < corrected_t(differences, 0.25)
    assert corrected_t(-differences, 0.1) == pytest.approx(corrected_t(differences, 0.1))


def test_corrected_t_of_equal_differences_or_too_few():
    assert corrected_t(np.zeros(5), 0.25) == 1
    assert corrected_t(np.full(5, 0.5), 0.25) == 0
    assert np.isnan(corrected_t(np.array([0.3]), 0.25))


def test_over_seeds_by_hand():
    """Mean 3, variance 2.5: t = 3 / sqrt((1/5 + 1/8) 2.5) = 3.328, of four degrees of freedom."""
    row = over_seeds(np.array([2.0, 1, 3, 5, 4]))
    assert row["smallest_seed_difference"] == 1 and row["largest_seed_difference"] == 5
    assert row["p_seeds"] == pytest.approx(0.0291, abs=1e-4)
    assert np.isnan(over_seeds(np.ones(1))["p_seeds"]) and over_seeds(np.ones(1))["smallest_seed_difference"] == 1
    assert all(np.isnan(value) for value in over_seeds(np.zeros(0)).values())


@given(arrays(float, st.integers(2, 9), elements=NUMBERS))
def test_seeds_are_never_surer_than_if_they_were_independent(difference):
    row, turned = over_seeds(difference), over_seeds(-difference)
    assert row["p_seeds"] == turned["p_seeds"]
    assert row["smallest_seed_difference"] == -turned["largest_seed_difference"]
    if np.ptp(difference):
        assert row["p_seeds"] >= ttest_1samp(difference, 0).pvalue - 1e-12


@settings(max_examples=30)
@given(arrays(float, (20, 2), elements=NUMBERS))
def test_comparing_the_other_way_round_turns_the_sign(scores):
    one, other = (pd.DataFrame({"total": column, "weight": 1.0}) for column in scores.T)
    row, turned = compare(one, other), compare(other, one)
    assert row["difference"] == pytest.approx(-turned["difference"])
    assert row["low"] == pytest.approx(-turned["high"]) and row["p"] == pytest.approx(turned["p"])
    assert row["rank_biserial"] == pytest.approx(-turned["rank_biserial"])


def test_holm_by_hand():
    p = pd.Series([0.01, 0.04, np.nan, 0.03])
    assert holm(p).tolist()[:2] == pytest.approx([0.03, 0.06]) and holm(p)[3] == pytest.approx(0.06)
    assert np.isnan(holm(p)[2])


def test_the_two_ends_of_a_friendship_are_one():
    ends = pd.DataFrame({"user_id": [1, 1, 2, 3], "friend_id": [2, 3, 1, 1], "mrr": [1.0, 0.5, 0.0, 0.1]})
    pairs = of_friendships(ends)
    assert pairs.to_numpy().tolist() == [[1, 2, 0.5], [1, 3, 0.3]]
    both = pooled([pairs, pairs.assign(user_id=[1, 4], mrr=[0.7, 0.2])], "mrr", by_count=False)
    assert both.index.tolist() == [(1, 2), (1, 3), (4, 3)] and both.total.tolist() == pytest.approx([1.2, 0.3, 0.2])
    assert both.weight.tolist() == [2, 1, 1]


def friendships(pairs, total):
    return pd.DataFrame({"total": total, "weight": 1.0}, index=pd.MultiIndex.from_tuples(pairs))


def test_friendships_that_share_a_user_count_together():
    """Residuals 1, 1, -2 of mean 1: the first two share user 1, so that the variance is 1 + 1 + 4 + 2 · 1 · 1."""
    pairs = friendships([(1, 2), (1, 3), (4, 5)], [2.0, 2, -1])
    assert friendship_error(pairs) == pytest.approx(np.sqrt(8))
    low, high = interval(pairs)
    assert (low + high) / 2 == pytest.approx(1) and high - low == pytest.approx(2 * 1.96 * np.sqrt(8) / 3, abs=1e-4)
    assert compare(pairs, pairs * [0, 1])["p"] == pytest.approx(2 * norm.sf(3 / np.sqrt(8)))
    # apart, they are as independent values; opposed at one user, no surer than those
    assert friendship_error(friendships([(1, 2), (3, 4), (5, 6)], [2.0, 2, -1])) == pytest.approx(np.sqrt(6))
    assert friendship_error(friendships([(1, 2), (1, 3)], [1.0, -1])) == pytest.approx(np.sqrt(2))


def test_p_over_friendships_is_even_where_users_differ_at_random():
    """300 times, 300 friendships among 60 users, whose differences are those of their two users: p below .05 is rare,
    though a test of independent friendships has it in more than a fifth of all."""
    random = np.random.default_rng(0)
    rejected, naive = [], []
    for _ in range(300):
        ends = np.unique(np.sort(random.integers(0, 60, (300, 2)), axis=1), axis=0)
        total = random.normal(size=60)[ends].sum(1) + random.normal(size=len(ends))
        one = friendships(list(map(tuple, ends)), total)
        rejected.append(compare(one, one * [0, 1])["p"] < 0.05)
        naive.append(ttest_1samp(total, 0).pvalue < 0.05)
    assert 0.02 < np.mean(rejected) < 0.11 and np.mean(naive) > 0.2


def test_few_pairs_and_few_users_are_named():
    assert note(99, 99) == "too few test pairs to mean anything (99)"
    assert note(100, 29) == "too few users for intervals and tests (29)" and note(100, 30) == ""
    assert note(100, 3, "friendships") == "too few friendships for intervals and tests (3)"


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


def test_few_test_pairs_are_noted(tmp_path):
    run = make_run(tmp_path, "ours", 1, 0.1, np.ones(6), members=1)
    table = leaderboard([run], tmp_path)["leaderboard"]
    assert (table.note == "too few test pairs to mean anything (12)").all()
