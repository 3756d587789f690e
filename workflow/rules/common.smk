# What the rules share: the code that a script runs, and what a name stands for.
import json
from functools import lru_cache, partial
from itertools import product
from modulefinder import ModuleFinder
from pathlib import Path


wildcard_constraints:
    liking="liking|liking_train_normaliser",
    friends="friends_hetrec|friends_asia",
    league="scores|side|listens|friends|own_tags|graph",
    seed=r"\d+",
    model=r"[a-z0-9_]+",
    split=r"(published|leak_free|user_to_artist|strict)_\d+",
    protocol="published|leak_free|user_to_artist|strict",
    trial=r"\d+",
    kind="region|artists",
    task=r"region|artists_\d+",
    features="none|partial|full|generated",
    fold=r"fold_\d|single|\d",
    top=r"\d+",
    user=r"\d+",


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
    return split.rsplit("_", 1)[0]


def seed_of(split):
    return int(split.rsplit("_", 1)[1])


def data_split(split):
    """Whose parts and graph a protocol has: without the leak they are those of strict."""
    return split if protocol_of(split) == "published" else f"strict_{seed_of(split)}"


def parts_of(split, part):
    return f"<results>/splits/liking/{data_split(split)}/{part}.parquet"


def graph_of(split):
    return f"<results>/graphs/liking/{data_split(split)}/graph.bin"


def variant_of(model):
    """The file in lastfm_gnn/models/ that a network or baseline of the config runs."""
    return NETWORKS[model]["variant"] if model in NETWORKS else model


def tuned_split(protocol):
    """The split whose validation part chooses a protocol's decay."""
    return f"{protocol}_{config['seeds'][0]}"


def decay_of(model, split, trial):
    """The decay of the learning rate in one trial."""
    if protocol_of(split) == "published":
        return NETWORKS[model]["published_decay"]
    return LIKING["tuned_decays"][int(trial)]


def splits_of(model):
    """The splits on which a model is evaluated: those of the authors' code where they had it. Baselines have no
    layers and know no direction, so that without the leak they are one."""
    if model in BASELINES:
        protocols = ["published", "strict"]
    else:
        protocols = PROTOCOLS if "published_decay" in NETWORKS[model] else ["strict"]
    return [f"{protocol}_{seed}" for protocol in protocols for seed in config["seeds"]]


def chosen_trial(model, split):
    """The trial that is evaluated. Without the leak, networks wait for select_model."""
    protocol = protocol_of(split)
    if model in BASELINES or protocol == "published":
        return 0
    with checkpoints.select_model.get(model=model, protocol=protocol).output[0].open() as file:
        return json.load(file)["trial"]


def trials_of(model, split):
    """The trials that are trained on a split: all on the tuned one, elsewhere the chosen one."""
    protocol = protocol_of(split)
    if model in NETWORKS and protocol != "published" and split == tuned_split(protocol):
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


def histories(wildcards):
    """Learning curves of the networks under strict, on the split that chose their decay."""
    split = tuned_split("strict")
    return [
        f"<results>/runs/liking/{model}/{split}/trial_{chosen_trial(model, split)}/history.csv" for model in NETWORKS
    ]


ARTIST_TASK = r"artists_\d+"
USER_SPLIT = r"(published|strict)_\d|single_split"
FOLDS = range(5)
FURTHER_TASKS = [task for task in ARTISTS["tasks"] if task != "artists_7842"]


def kind_of(task):
    """What the folds of a task part: all users, or those whose artists are known."""
    return "region" if task == "region" else "artists"


def fold_number(split):
    return 0 if split == "single_split" else int(split.split("_")[1])


def part_of(task, split, part):
    """The file of a part of a split."""
    fold = "single" if split == "single_split" else f"fold_{fold_number(split)}"
    return f"<results>/splits/{kind_of(task)}/{fold}/{part}.parquet"


def likes_of(task, features):
    """Everybody's lists, where they are what predicts regions; artists are predicted from those of train and valid."""
    return "<results>/tables/asia/likes.parquet" if task == "region" and features != "none" else []


def artists_of(task):
    return [] if task == "region" else f"<results>/tables/asia/{task}.parquet"


def protocol_of_users(split):
    """The single split is the authors', too."""
    return "strict" if split.startswith("strict") else "published"


def embedding_of(split):
    return "<results>/embeddings/asia/netmf.npy" if protocol_of_users(split) == "strict" else []


def selected_of(wildcards):
    """The file of the chosen settings; published ones are printed."""
    if protocol_of_users(wildcards.split) == "published":
        return []
    return f"<results>/runs/{wildcards.task}/{wildcards.features}/{wildcards.model}/selected.json"


def trials_of_task(task):
    """Settings of every trial: all combinations of the task's grid."""
    grid = config[kind_of(task)]["grid"]
    return [dict(zip(grid, values)) for values in product(*grid.values())]


def network_settings(task, model, split):
    """All settings of a network but for those that are tuned."""
    protocol = "strict" if split.startswith("strict") else "single_split" if split == "single_split" else "published"
    settings = config[kind_of(task)]["strict"]
    if protocol != "strict":
        own = REGION if task == "region" else ARTISTS["tasks"][task]
        settings = own["published"]["settings"] | own[protocol]["models"][model]
    return USER_NETWORKS[model] | settings


def curves_of(wildcards):
    """A network's epochs, or a fitted model's trials."""
    file = "history.csv" if wildcards.model in USER_NETWORKS else "trials.csv"
    return f"<results>/runs/{wildcards.task}/{wildcards.features}/{wildcards.model}/{wildcards.split}/{file}"


def is_big(task, split):
    """Whether a training has the 73 million weights of the published networks of all artists."""
    return protocol_of_users(split) == "published" and task == "artists_7842"


def published_runs(task, settings):
    """As {task}/{features}/{model}/{split}."""
    published, single = settings["published"], settings.get("single_split", {"models": {}})
    return [
        *(
            f"{task}/{FEATURES}/{model}/published_{fold}"
            for model in published["models"]
            for fold in published["folds"]
        ),
        *(f"{task}/{FEATURES}/{model}/single_split" for model in single["models"]),
    ]


def strict_runs(task, features, models):
    return [f"{task}/{features}/{model}/strict_{fold}" for model in models for fold in FOLDS]


def lists_of(model):
    """Whether a model of regions looks at lists: unused, optional or needed."""
    return REGION["models"].get(model, {"lists": "unused"})["lists"]


def blended(task, name, features):
    """Models of a blend, and whose features they have; without lists, only models that do without."""
    if task != "region":
        return [(model, features) for model in ARTISTS["blends"][name]]
    return [
        (model, "none" if lists_of(model) == "unused" else features)
        for model in REGION["blends"][name]
        if features != "none" or lists_of(model) != "needed"
    ]


def blends_of(task, features):
    """Blends of two models at least."""
    return [name for name in config[kind_of(task)]["blends"] if len(blended(task, name, features)) > 1]


def fitted(features):
    """Models of regions that look at lists if there are any, or that do without."""
    wanted = {"optional", "unused" if features == "none" else "needed"}
    return [model for model in REGION["models"] if lists_of(model) in wanted]


def members_of(task, model):
    """How many fits a model of region or artists averages, a blend's most; None where nothing is random."""
    if model in USER_NETWORKS:
        return 1
    if model in config[task]["blends"]:
        return max(filter(None, (members_of(task, part) for part in config[task]["blends"][model])), default=None)
    return config[task]["models"][model]["grid"].get("members", [None])[0]


KINDS = ["baseline", "closed_form_graph", "second_stage", "graph_network"]


def kinds_of_blends(blends, kinds):
    """A blend is of the last kind of its parts: one with a graph network is held against those without."""
    return {name: max((kinds[part] for part in parts), key=KINDS.index) for name, parts in blends.items()}


def entries_of(task):
    """Kind and members of every model of region or artists, by protocol. An MLP has no graph, but under strict it is
    given the users' places in one."""

    def networks(mlp):
        return {name: mlp if one["kind"] == "mlp" else "graph_network" for name, one in USER_NETWORKS.items()}

    kinds = {model: settings["kind"] for model, settings in config[task]["models"].items()} | networks("second_stage")
    by_protocol = {"strict": kinds | kinds_of_blends(config[task]["blends"], kinds)}
    by_protocol |= dict.fromkeys(("published", "single_split"), networks("baseline"))
    return {
        protocol: {model: {"kind": kind, "members": members_of(task, model)} for model, kind in models.items()}
        for protocol, models in by_protocol.items()
    }


USER_RUNS = strict_runs("region", "none", [*fitted("none"), *USER_NETWORKS, *blends_of("region", "none")])
USER_TRIALS = [
    f"region/none/{model}/trial_{n}" for model in USER_NETWORKS for n in range(len(trials_of_task("region")))
]
if FEATURES != "none":
    USER_RUNS += published_runs("region", REGION)
    USER_RUNS += strict_runs("region", FEATURES, [*fitted(FEATURES), *USER_NETWORKS, *blends_of("region", FEATURES)])
    USER_RUNS += strict_runs(
        "artists_7842", FEATURES, [*ARTISTS["models"], *USER_NETWORKS, *blends_of("artists_7842", FEATURES)]
    )
    for artist_task, settings in ARTISTS["tasks"].items():
        USER_RUNS += published_runs(artist_task, settings)
    USER_TRIALS += [
        f"{task}/{FEATURES}/{model}/trial_{n}"
        for task in ("region", "artists_7842")
        for model in USER_NETWORKS
        for n in range(len(trials_of_task(task)))
    ]
REGION_PREDICTIONS = [
    f"<results>/runs/{run}/predictions.parquet"
    for run in strict_runs("region", "none", [*fitted("none"), *USER_NETWORKS, *blends_of("region", "none")])
]


def explained(key, *names):
    """Files in the folders of the runs that config.explanations has under key; of lists, so none without them."""
    if FEATURES == "none":
        return []
    folders = [run.split("/") for run in EXPLANATIONS[key]]
    return [
        f"<results>/explanations/{task}/{FEATURES}/{model}/{split}/{name}"
        for task, model, split in folders
        for name in names
    ]


def figures_of_users(what):
    return [f"{what}_{user}.png" for user in EXPLANATIONS["users"]]


# Of likings; one's own listens have other users, who are explained by hand.
EXPLAINED_LIKINGS = [
    f"<results>/explanations/liking/user_{user}/{file}"
    for user in ([] if "listens" in config else EXPLANATIONS["liking"]["users"])
    for file in ("liking.csv", "liking_fidelity.csv", "liking.png")
]
EXPLAINED = [
    *explained("attention", "attention.csv", "attention_fidelity.csv", *figures_of_users("attention")),
    *explained("single_users", "users.csv", "users_fidelity.csv", *figures_of_users("users")),
    *explained("whole_set", "features.csv", "features_fidelity.csv", "features.png"),
]
