# What the rules share: the checked config, the code that a script runs, and what a name stands for.
import json
from functools import lru_cache, partial
from modulefinder import ModuleFinder
from pathlib import Path

from snakemake.utils import validate

validate(config, workflow.source_path("../schemas/config.schema.yaml"))

RESULTS = config["pathvars"]["results"]
LIKING = config["liking"]
ASIA = config["asia"]
REGION_MODELS = config["region"]
NETWORKS = LIKING["networks"]
BASELINES = LIKING["baselines"]
PROTOCOLS = ["published", "strict"]
# The word that stands wherever a number from no real data appears, else nothing.
DATA_NOTE = "" if LIKING["source"] == "official" else LIKING["source"]

if shared := set(NETWORKS) & set(BASELINES):
    raise WorkflowError(f"config: {sorted(shared)} stand under both liking.networks and liking.baselines; rename one")
if sum(settings["baseline"] for settings in REGION_MODELS.values()) < 2:
    raise WorkflowError("config: region has fewer than two models with baseline: true; each is compared with another")
MODEL_FILES = {
    **{f"liking.networks.{name}.variant": f"models/{network['variant']}" for name, network in NETWORKS.items()},
    **{f"liking.baselines.{name}": f"models/{name}" for name in BASELINES},
    **{f"region.{name}": f"region_models/{name}" for name in REGION_MODELS},
}
for key, model in MODEL_FILES.items():
    if not Path(f"workflow/scripts/lastfm_gnn/{model}.py").is_file():
        raise WorkflowError(f"config: {key} names no file: there is no workflow/scripts/lastfm_gnn/{model}.py")


wildcard_constraints:
    model=r"[a-z0-9_]+",
    split=r"(published|strict)_\d+",
    trial=r"\d+",
    fold=r"fold_\d|single",


@lru_cache
def code(script, model=None):
    """The script, the project's modules that it imports and a model's file, which it imports by name: paths."""
    scripts = Path("workflow/scripts")
    found = set()
    for program in [scripts / script] + ([scripts / f"lastfm_gnn/{model}.py"] if model else []):
        finder = ModuleFinder(path=[str(scripts)])
        finder.run_script(str(program))
        modules = [Path(module.__file__) for module in finder.modules.values() if module.__file__]
        found |= {program} | {module.relative_to(Path.cwd()) for module in modules if module.is_absolute()}
    return sorted(map(str, found))


def protocol_of(split):
    return split.split("_")[0]


def seed_of(split):
    return int(split.split("_")[1])


def variant_of(model):
    """The file in lastfm_gnn/models/ that a network or baseline of the config runs."""
    return NETWORKS[model]["variant"] if model in NETWORKS else model


def tuned_split():
    """The split whose validation part chooses the decay."""
    return f"strict_{config['seeds'][0]}"


def decay_of(model, split, trial):
    """The decay of the learning rate in one trial."""
    if protocol_of(split) == "published":
        return NETWORKS[model]["published_decay"]
    return LIKING["tuned_decays"][int(trial)]


def splits_of(model):
    """The splits on which a model is evaluated: published ones where the authors had it."""
    published = model in BASELINES or "published_decay" in NETWORKS[model]
    protocols = PROTOCOLS if published else ["strict"]
    return [f"{protocol}_{seed}" for protocol in protocols for seed in config["seeds"]]


def chosen_trial(model, split):
    """The trial that is evaluated. Under strict, networks wait for select_model."""
    if model in BASELINES or protocol_of(split) == "published":
        return 0
    with checkpoints.select_model.get(model=model).output[0].open() as file:
        return json.load(file)["trial"]


def trials_of(model, split):
    """The trials that are trained on a split: all on the tuned one, elsewhere the chosen one."""
    if model in NETWORKS and split == tuned_split():
        return list(range(len(LIKING["tuned_decays"])))
    return [chosen_trial(model, split)]


def chosen_run(wildcards):
    """The files of the trial that is evaluated."""
    return expand(
        "<results>/runs/liking/{model}/{split}/trial_{trial}/{file}",
        model=wildcards.model,
        split=wildcards.split,
        trial=chosen_trial(wildcards.model, wildcards.split),
        file=["model.pt", "history.csv", "run.json"],
    )


def evaluation(wildcards, file):
    """A file of a model's evaluation on a split, for the trial that is chosen; none for the others."""
    if int(wildcards.trial) != chosen_trial(wildcards.model, wildcards.split):
        return []
    return [f"<results>/runs/liking/{wildcards.model}/{wildcards.split}/{file}"]


def receipts(model, wildcards):
    """One a trial of a model."""
    return [
        f"<results>/runs/liking/{model}/{split}/trial_{trial}/mlflow.json"
        for split in splits_of(model)
        for trial in trials_of(model, split)
    ]
