"""The configs: a mistyped one is an error, and the others give the jobs that they should."""

import shutil
from itertools import pairwise

import pytest
import yaml

from conftest import ROOT, jobs, snakemake


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("sedes", [0], "'sedes' was unexpected); did you mean seeds?"),
        ("seeds", [0, 0], "non-unique"),
        ("seeds", ["0"], "seeds.0: '0' is not of type 'integer'; no quotes; what stands in brackets after --config"),
        ("seeds", [0.0], "seeds.0: 0.0 is not of type 'integer'"),
        ("liking.training.epochs", 20.0, "liking.training.epochs: 20.0 is not of type 'integer'"),
        ("liking.training.learning_rate", float("nan"), "a number is .nan or .inf; give a finite one"),
        ("pathvars.results", "Snakefile", "pathvars.results: Snakefile is no folder, or a link to none"),
        ("seeds", [10**30], "seeds.0: 1000000000000000000000000000000 is greater than the maximum"),
        ("pathvars.results", "./r", "pathvars.results: './r' does not match"),
        ("liking.networks", {}, "liking.networks: {} should be non-empty"),
        ("liking.baselines", {}, "liking.baselines: {} should be non-empty"),
        ("liking.score", "log2", "'log2' is not one of"),
        ("liking.training.epochs", 0, "less than the minimum"),
        ("liking.training.neighbours", "most", "'most' does not match"),
        ("liking.training.neighbours", [10], "is too short"),
        ("liking.training.neighbours", [10, 0], "liking.training.neighbours.1: 0 is less than the minimum"),
        ("liking.networks.edge_weight.variant", "edge_wight", "names no file"),
        ("liking.networks.edge_weight.published_decy", 1, "'published_decy' was unexpected"),
        ("liking.baselines.user_median", {}, "names no file"),
        ("liking.networks.user_mean", {"variant": "edge_weight", "input": "degree"}, "rename one"),
        ("region.models.majority.kind", "rival", "'rival' is not one of"),
        ("region.models.hop_attention.grid.members", [1, 3], "members has several values"),
        ("artists.models.popular", {"kind": "baseline", "grid": {}}, "names no file"),
        ("artists.blends.blend", ["popularity", "popularty"], "'popularty', which is no model"),
        ("artists.blends.popularity", ["popularity", "gat_2"], "rename one"),
        ("region.published.models.gnc", {}, "'gnc', which is none of user_networks"),
        ("region.strict.hidden", [], "should be non-empty"),
        ("user_networks.gat_2.layer", "gta", "'gta' is not one of"),
        ("region.grid.lr", [0.1], "'lr' was unexpected"),
        ("explanations.users", [7624], "greater than the maximum"),
        ("explanations.single_users", ["artists_7842/gat_2/published_0"], "does not match"),
        ("explanations.whole_set", ["region/gcn/strict_0"], "there is no such network"),
    ],
)
def test_mistyped_config_is_told_before_anything_runs(project, key, value, message):
    path = project / "config/config.yaml"
    config = yaml.safe_load(path.read_text())
    *parents, last = key.split(".")
    place = config
    for parent in parents:
        place = place[parent]
    place[last] = value
    path.write_text(yaml.safe_dump(config))
    done = snakemake(project, "--dry-run")
    assert done.returncode == 1
    [line] = done.stdout.splitlines()[1:]  # the first names the profile
    assert line.startswith("error: config: ") and message in line and len(line) < 550


def test_aliases_of_aliases_are_told_and_not_printed(project):
    """Ten lines that stand for a billion values."""
    aliases = [f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]" for old, new in pairwise("abcdefghi")]
    (project / "many.yaml").write_text("\n".join(["a: &a [x, x, x, x, x, x, x, x, x, x]", *aliases]))
    done = snakemake(project, "--dry-run", "--configfile=many.yaml")
    assert done.returncode == 1
    assert done.stdout.endswith("error: config: it has more than 100,000 values; repeat fewer aliases\n")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            "{liking: {models: {new: {file: nosuch, kind: graph_network, leagues: [scores], grid: {}}}}}",
            "names no file",
        ),
        ("{liking: {blends: {blend: [nosuch]}}}", "blends.blend names 'nosuch'"),
        (
            "{liking: {blends: {bias: [edge_network]}}}",
            "['bias'] stand under both leaderboard.liking.models and blends",
        ),
        ("{liking: {train_normaliser: [nosuch]}}", "train_normaliser names 'nosuch'"),
        (
            "{liking: {ablations: {without: {of: nosuch, leagues: [side], settings: {}}}}}",
            "'nosuch', which is no model",
        ),
        (
            "{liking: {ablations: {without: {of: bias, leagues: [side], settings: {}}}}}",
            "'side', in which bias is not",
        ),
        ("{liking: {ablations: {edge_network: {of: bias, leagues: [scores], settings: {}}}}}", "rename one"),
        ("{ranking: {leagues: [scores]}}", "is not one of"),
        ("{liking: {models: {bias: {leagues: [score]}}}}", "liking.models.bias.leagues.0: 'score' is not one of"),
        ("{friends: {models: {adamic_adar: {leagues: [side]}}}}", "'graph' was expected"),
        (
            "{tasks: [liking_train_normaliser], liking: {leagues: [side]}}",
            "leaderboard.tasks has liking_train_normaliser, but no model is in its leagues",
        ),
        ("{seeds: [0, 1], tuned_seeds: [1, 2]}", r"[1] stand under both leaderboard.seeds and tuned_seeds"),
        ("{ranking: {models: {ease: {kind: rival}}}}", "'rival' is not one of"),
    ],
)
def test_mistyped_leaderboard_is_told(project, change, message):
    (project / "my.yaml").write_text(f"leaderboard: {change}\n")
    target = "results/runs/liking/scores/bias/strict_0/metrics.json"
    done = snakemake(project, "--cores=1", "--configfile", "my.yaml", "--", target)
    assert done.returncode == 1
    [line] = done.stdout.splitlines()[1:]  # the first names the profile
    assert line.startswith("error: config: ") and message in line


def test_a_mistyped_setting_of_a_model_is_told_by_the_job_that_reads_it(project):
    (project / "my.yaml").write_text("leaderboard: {liking: {models: {bias: {grid: {user_shrinkge: [1]}}}}}\n")
    target = "results/runs/liking/scores/bias/strict_0/metrics.json"
    done = snakemake(project, "--cores=1", "--configfile", "my.yaml", "--", target)
    assert done.returncode == 1
    [line] = [line for line in done.stdout.splitlines() if "error: " in line]
    assert line.startswith("failed: predict_liking ") and "user_shrinkge" in line


@pytest.mark.parametrize(
    ("configfile", "target"),
    [
        ("full.yaml", "results/full/runs/artists_7842/partial/gcn/strict_4/metrics.json"),
        ("generated_features.yaml", "results/generated_features/runs/region/generated/blend/strict_0/metrics.json"),
    ],
)
def test_dry_run_of_the_other_configs(project, configfile, target):
    shutil.copy(ROOT / "config/config.yaml", project / "config/config.yaml")
    assert jobs(project, "--configfile", f"config/{configfile}", "--", target)


@pytest.mark.parametrize("configfile", [[], ["--configfile", "config/demo.yaml"]])
def test_dry_run_of_the_real_configs(project, configfile):
    (project / "config/config.yaml").write_text((ROOT / "config/config.yaml").read_text())
    planned = jobs(project, *configfile)
    assert len(planned["make_table1"]) == 1
    seeds, decays = (1, 1) if configfile else (3, 4)
    # four published; before the choice of the decay, on one seed: four by each of the protocols between, eight strict
    assert len(planned["train_model"]) == 4 * seeds + (4 + 4 + 8) * decays
    assert len(planned["fit_baseline"]) == 3 * 2 * seeds
    assert len(planned["evaluate_model"]) == 4 + 4 + 4 + 8 + 2 * 3  # all seeds in one
