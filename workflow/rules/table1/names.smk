# What names of Table 1's runs stand for: protocols, splits, trials and their files.


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
    return f"<results>/graphs/liking/{data_split(split)}/graph.npz"


def model_file(model):
    """The file below lastfm_gnn/ of a network or baseline of the config, without its ending."""
    return f"table1/models/{NETWORKS[model]['variant']}" if model in NETWORKS else f"liking/baselines/{model}"


def tuned_split(protocol):
    """The split whose validation part chooses a protocol's decay."""
    return f"{protocol}_{config['seeds'][0]}"


def decay_of(model, split, trial):
    """The decay of the learning rate in one trial."""
    if protocol_of(split) == "published":
        return NETWORKS[model]["published_decay"]
    return LIKING["tuned_decays"][int(trial)]


def neighbours_of(protocol):
    """Whose messages a batch gets, as the scripts' option: neighbours are drawn under strict alone."""
    neighbours = LIKING["training"]["neighbours"]
    if isinstance(neighbours, str):
        return neighbours
    return ",".join(map(str, neighbours)) if protocol == "strict" else "auto"


def processes_of(protocol):
    """In how many processes a network is trained."""
    is_drawn = neighbours_of(protocol) not in ("auto", "all")
    return LIKING["training"]["processes"] if is_drawn else 1


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


def splits_by_seed(wildcards):
    """The splits of a protocol."""
    return [f"{wildcards.protocol}_{seed}" for seed in config["seeds"]]


def chosen_runs(wildcards, file):
    """A file of the trial that is evaluated, seed by seed."""
    return [
        f"<results>/runs/table1/{wildcards.model}/{split}/trial_{chosen_trial(wildcards.model, split)}/{file}"
        for split in splits_by_seed(wildcards)
    ]


def each_seed(file):
    """A file of the evaluation of a model by a protocol, seed by seed."""
    return [f"<results>/runs/table1/{{model}}/{{protocol}}_{seed}/{file}" for seed in config["seeds"]]


def table1_files():
    """What MLflow gets: of every trial its record and curves, of the chosen one its model and evaluation, too."""
    files = []
    for model in [*NETWORKS, *BASELINES]:
        for split in splits_of(model):
            folder = f"<results>/runs/table1/{model}/{split}"
            for trial in trials_of(model, split):
                files += [f"{folder}/trial_{trial}/{file}" for file in ("run.json", "history.csv", "model.pt")]
            files += [f"{folder}/{file}" for file in ("metrics.json", "figure.png")]
    return files


def histories(wildcards):
    """Learning curves of the networks under strict, on the split that chose their decay."""
    split = tuned_split("strict")
    return [
        f"<results>/runs/table1/{model}/{split}/trial_{chosen_trial(model, split)}/history.csv" for model in NETWORKS
    ]
