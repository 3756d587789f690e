# What the rules of the leaderboard share: its models, what a league knows, and the runs of a task.


def entries(family):
    """Models of the leaderboard for liking, ranking or friends; an ablation is its model with other settings."""
    models = dict(LEADERBOARD[family]["models"])
    for ablation, settings in LEADERBOARD[family]["ablations"].items():
        whole = models[settings["of"]]
        grid = whole["grid"] | {name: [value] for name, value in settings["settings"].items()}
        models[ablation] = whole | {"kind": "ablation", "leagues": settings["leagues"], "grid": grid}
    return models


def file_of(family, model):
    """The file in lastfm_gnn/{liking,ranking,friends}/models/ of a model of the leaderboard."""
    return entries(family)[model]["file"]


def side_of(league):
    """What a league knows beside listens."""
    if league in ("scores", "listens"):
        return []
    return [f"<tables>/{table}.parquet" for table in ("friends", "tag_assignments")]


def side_flags(paths):
    return flags(**dict(zip(("friends", "tag_assignments"), paths)))


# Models of ranking that learn from the same lists (describe_lists), and whether they see walks; by their files.
OF_LISTS = {"rival_ranker": False, "lambda_rank": False, "mixed_ranker": True}


def listed_leagues(*, walks):
    """Leagues in which such models play, or such models that see walks."""
    ranking = LEADERBOARD["ranking"]
    files = [file for file, sees_walks in OF_LISTS.items() if sees_walks or not walks]
    played = {league for entry in ranking["models"].values() if entry["file"] in files for league in entry["leagues"]}
    return [league for league in ranking["leagues"] if league in played]


def lists_read(league, model):
    """The lists that a model of ranking reads: a file for each number of candidates and of folds in its grid."""
    if file_of("ranking", model) not in OF_LISTS:
        return []
    grid = entries("ranking")[model]["grid"]
    return expand(
        "<results>/features/ranking/strict_{{seed}}/{candidates}_{folds}/{league}.npz",
        candidates=grid["candidates"],
        folds=grid["folds"],
        league=league,
    )


# Seeds of the tables, and those on whose validation parts settings were found, which the tables show apart.
LEAGUE_SEEDS = LEADERBOARD["seeds"] + LEADERBOARD["tuned_seeds"]


def kinds(family):
    """Kind of every model, ablation and blend."""
    of_models = {model: entry["kind"] for model, entry in entries(family).items()}
    return of_models | kinds_of_blends(LEADERBOARD[family].get("blends", {}), of_models)


# Blends of models of liking scores: name -> models.
LIKING_BLENDS = LEADERBOARD["liking"].get("blends", {})


def league_runs(task, seeds):
    """Runs of a task as {task}/{league}/{model}/strict_{seed}."""
    family = task.split("_")[0]
    settings, models = LEADERBOARD[family], entries(family)
    leagues, blends = settings["leagues"], settings.get("blends", {})
    if task == "liking_train_normaliser":  # some models of one league are enough for it
        leagues = [league for league in leagues if league == "scores"]
        models, blends = (
            {name: value for name, value in of.items() if name in settings["train_normaliser"]}
            for of in (models, blends)
        )
    pairs = [(league, model) for league in leagues for model, entry in models.items() if league in entry["leagues"]]
    pairs += [(league, name) for league in leagues for name in blends]
    return [f"{task}/{league}/{model}/strict_{seed}" for league, model in pairs for seed in seeds]


def unit_scores(run):
    """The file of a run that has the scores of each user, or of each friendship."""
    return f"<results>/runs/{run}/{'friendships' if run.startswith('friends') else 'users'}.parquet"


def blended_likings(wildcards, file):
    """A file of the runs whose predictions are blended."""
    folder = f"<results>/runs/{wildcards.liking}/{wildcards.league}"
    return [f"{folder}/{model}/strict_{wildcards.seed}/{file}" for model in LIKING_BLENDS[wildcards.blend]]


def friend_tables(task):
    return "<results>/tables/asia" if task == "friends_asia" else "<tables>"


def friendships_of(task):
    return f"{friend_tables(task)}/{'friendships' if task == 'friends_asia' else 'friends'}.parquet"


for task in LEADERBOARD["tasks"]:
    if not league_runs(task, LEAGUE_SEEDS):
        refuse(f"leaderboard.tasks has {task}, but no model is in its leagues; give it a model, or leave it out")
LEAGUE_RUNS = [run for task in LEADERBOARD["tasks"] for run in league_runs(task, LEAGUE_SEEDS)]


def league_files():
    """What MLflow gets: of every run its record, curves and evaluation."""
    files = []
    for run in LEAGUE_RUNS:
        # a network's steps, or a fitted model's trials
        task, _, model, _ = Path(run).parts
        curves = "history.csv" if task.startswith("liking") and model not in LIKING_BLENDS else "trials.csv"
        files += [f"<results>/runs/{run}/{file}" for file in ("run.json", curves, "metrics.json")]
    return files


SERVED_TABLES = ["users", "artists", "friends", "tag_assignments"]


def whole_models(task):
    """Runs of a task among which the model that recommends is chosen: not of blends and ablations."""
    family = LEADERBOARD[task.split("_")[0]]
    others = {*family.get("blends", {}), *family["ablations"]}
    return [run for run in league_runs(task, LEADERBOARD["seeds"]) if Path(run).parts[2] not in others]


def filter_run():
    """The first seed's run of the graph filter, in the league of friends if it is in there."""
    ranking = LEADERBOARD["ranking"]
    leagues = ranking["models"].get("graph_filter", {"leagues": []})["leagues"]
    shared = [league for league in ("friends", "listens") if league in leagues and league in ranking["leagues"]]
    # without such a league, Snakemake ends with the message that this file cannot be made
    league = shared[0] if shared else "listens"
    return f"<results>/runs/ranking/{league}/graph_filter/strict_{LEADERBOARD['seeds'][0]}/run.json"


def beside_the_filter():
    """Runs of ranking on the split of filter_run(): every whole model once, in the first of its leagues."""
    models = {}
    for run in league_runs("ranking", LEADERBOARD["seeds"][:1]):
        model = Path(run).parts[2]
        if model not in LEADERBOARD["ranking"]["ablations"]:
            models.setdefault(model, run)
    return list(models.values())


def model_files(family):
    """The models of a family, one of which is chosen and imported by name."""
    return sorted({f"{FAMILIES[family]}/{entry['file']}" for entry in LEADERBOARD[family]["models"].values()})


RECOMMENDATIONS = [
    "<results>/recommend.html",
    "<results>/recommendations/artists.parquet",
    *(f"<results>/recommendations/{task}.parquet" for task in LEADERBOARD["tasks"] if task.startswith("friends")),
    *receipts("champion"),
]
