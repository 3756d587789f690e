# What names of LastFM Asia's runs stand for: tasks, folds, settings, blends and their files.
from itertools import product

ARTIST_TASK = r"artists_\d+"
USER_SPLIT = r"(published|strict)_\d|single_split"
FOLDS = range(5)
FURTHER_TASKS = [task for task in ARTISTS["tasks"] if task != "artists_7842"]


def family_of(task):
    """region, whose folds part all users, or artists, whose folds part the users whose artists are known."""
    return "region" if task == "region" else "artists"


def fold_number(split):
    return 0 if split == "single_split" else int(split.split("_")[1])


def part_of(task, split, part):
    """The file of a part of a split."""
    fold = "single" if split == "single_split" else f"fold_{fold_number(split)}"
    return f"<results>/splits/{family_of(task)}/{fold}/{part}.parquet"


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
    grid = config[family_of(task)]["grid"]
    return [dict(zip(grid, values)) for values in product(*grid.values())]


def network_settings(task, model, split):
    """All settings of a network but for those that are tuned."""
    protocol = "strict" if split.startswith("strict") else "single_split" if split == "single_split" else "published"
    settings = config[family_of(task)]["strict"]
    if protocol != "strict":
        own = REGION if task == "region" else ARTISTS["tasks"][task]
        settings = own["published"]["settings"] | own[protocol]["models"][model]
    return USER_NETWORKS[model] | settings


def network_options(input, split):
    """Options of train_user_network that not every training has."""
    files = {name: input[name] for name in ("embedding", "likes", "artists", "selected") if name in input.keys()}
    return files | {"join_valid": split.startswith("published")}


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
    return [name for name in config[family_of(task)]["blends"] if len(blended(task, name, features)) > 1]


def fitted(features):
    """Models of regions that look at lists if there are any, or that do without."""
    allowed = {"optional", "unused" if features == "none" else "needed"}
    return [model for model in REGION["models"] if lists_of(model) in allowed]


def members_of(task, model):
    """How many fits a model of region or artists averages, a blend's most; None where nothing is random."""
    if model in USER_NETWORKS:
        return 1
    if model in config[task]["blends"]:
        return max(filter(None, (members_of(task, part) for part in config[task]["blends"][model])), default=None)
    return config[task]["models"][model]["grid"].get("members", [None])[0]


def entries_of(task):
    """Kind and members of every model of region or artists, by protocol. An MLP has no graph, but under strict it is
    given the users' places in one."""

    def networks(mlp):
        return {
            name: mlp if settings["layer"] == "mlp" else "graph_network" for name, settings in USER_NETWORKS.items()
        }

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


def user_files():
    """What MLflow gets: of every run its record, curves and evaluation, of trials no evaluation."""
    files = [f"<results>/runs/{trial}/{file}" for trial in USER_TRIALS for file in ("run.json", "history.csv")]
    for run in USER_RUNS:
        # a network's epochs, or a fitted model's trials
        curves = "history.csv" if Path(run).parts[2] in USER_NETWORKS else "trials.csv"
        files += [f"<results>/runs/{run}/{file}" for file in ("run.json", curves, "metrics.json", "figure.png")]
    return files


REGION_PREDICTIONS = [
    f"<results>/runs/{run}/predictions.parquet"
    for run in strict_runs("region", "none", [*fitted("none"), *USER_NETWORKS, *blends_of("region", "none")])
]
