# The config, checked: an error in it is reported before anything runs.
import math
import os
import sys
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator, validators
from snakemake.logging import logger


def refuse(what):
    """End the run with one line that says what is wrong with the config."""
    logger.error(f"error: config: {what if len(what) < 500 else f'{what[:300]} ... {what[-190:]}'}")
    sys.exit(1)


def describe(wrong):
    """What jsonschema finds wrong, in a line: the key, for an unknown one the nearest that there is, and advice."""
    place = ".".join(map(str, wrong.absolute_path))
    known = wrong.schema.get("properties", {}) if wrong.validator == "additionalProperties" else {}
    unknown = set(wrong.instance) - set(known) if known else set()
    near = [match for key in sorted(map(str, unknown)) for match in get_close_matches(key, known, n=1)]
    advice = f"; did you mean {near[0]}?" if near else ""
    if (
        wrong.validator == "type"
        and isinstance(wrong.instance, str)
        and wrong.validator_value in ("integer", "number")
    ):
        advice = (
            "; no quotes; what stands in brackets after --config is text: write numbers in a file, for --configfile"
        )
    return f"{place or 'top level'}: {' '.join(wrong.message.split())}{advice}"


def values(content):
    """All values of a config, those inside others and repeated ones (YAML's aliases) included."""
    left = [content]
    while left:
        value = left.pop()
        yield value
        if isinstance(value, dict):
            left.extend(value.values())
        elif isinstance(value, list):
            left.extend(value)


# A few aliases of aliases are more values than fit in memory, and Snakemake prints them all.
if next(islice(values(config), 100_000, None), None) is not None:
    refuse("it has more than 100,000 values; repeat fewer aliases")

# To JSON Schema, and so to Snakemake's validate(), 20.0 is a whole number; to the scripts it is not.
whole = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
schema = yaml.safe_load(Path(workflow.source_path("../schemas/config.schema.yaml")).read_text())
for wrong in validators.extend(Draft202012Validator, type_checker=whole)(schema).iter_errors(config):
    refuse(describe(wrong))
# And .nan and .inf are numbers to it.
if any(isinstance(value, float) and not math.isfinite(value) for value in values(config)):
    refuse("a number is .nan or .inf; give a finite one")

# Snakemake keeps its records in the folder where it is started.
if not os.access(Path.cwd(), os.W_OK):
    refuse(f"you cannot write to {Path.cwd()}; start in a copy of your own (cp -r) or ask its owner for the right to")

RESULTS = config["pathvars"]["results"]
if os.path.lexists(RESULTS) and not Path(RESULTS).is_dir():
    refuse(f"pathvars.results: {RESULTS} is no folder, or a link to none; move it away, or name another")
LIKING = config["liking"] | ({"source": "own"} if "listens" in config else {})
ASIA = config["asia"]
FEATURES = ASIA["features"]
REGION = config["region"]
ARTISTS = config["artists"]
USER_NETWORKS = config["user_networks"]
EXPLANATIONS = config["explanations"]
LEADERBOARD = config["leaderboard"]
NETWORKS = LIKING["networks"]
BASELINES = LIKING["baselines"]
PROTOCOLS = ["published", "leak_free", "user_to_artist", "strict"]
# Families of the leaderboard's tasks, and the folder of their models.
FAMILIES = {family: f"{family}/models" for family in ("liking", "ranking", "friends")}
# The word that stands wherever a number is not of the official data, else nothing.
DATA_NOTE = "" if LIKING["source"] == "official" else LIKING["source"]

if config["device"] == "cuda" and LIKING["training"]["processes"] > 1:
    refuse("device is cuda, but several processes share CPUs alone; make liking.training.processes 1")
if shared := set(NETWORKS) & set(BASELINES):
    refuse(f"{sorted(shared)} stand under both liking.networks and liking.baselines; rename one")
for task in ("region", "artists"):
    models, blends = config[task]["models"], config[task]["blends"]
    if shared := (set(models) | set(blends)) & set(USER_NETWORKS) or set(models) & set(blends):
        refuse(f"{sorted(shared)} stand under two of {task}.models, {task}.blends and user_networks; rename one")
    for name, blended in blends.items():
        for unknown in set(blended) - set(models) - set(USER_NETWORKS):
            refuse(f"{task}.blends.{name} names {unknown!r}, which is no model")
    for name, settings in models.items():
        if len(settings["grid"].get("members", [1])) > 1:
            refuse(f"{task}.models.{name}.grid.members has several values; it is not tuned")
if "artists_7842" not in ARTISTS["tasks"]:
    refuse("artists.tasks lacks artists_7842, all artists, on which our models are trained")
for key, settings in [
    ("region", REGION),
    *((f"artists.tasks.{task}", one) for task, one in ARTISTS["tasks"].items()),
]:
    for protocol in ("published", "single_split"):
        for unknown in set(settings.get(protocol, {"models": {}})["models"]) - set(USER_NETWORKS):
            refuse(f"{key}.{protocol}.models names {unknown!r}, which is none of user_networks")
if "listens" in config:
    LISTENS = [config["listens"]] if isinstance(config["listens"], str) else config["listens"]
    for path in LISTENS:
        if not (Path(path).is_file() or Path(path).is_dir()):
            refuse(
                f"listens is {path!r}, which is no file or folder; give the path of one: make own LISTENS=..., or"
                " --config listens=... (docs/usage.md)"
            )
    # of a folder all files, so that a change of one is seen
    LISTEN_FILES = [
        str(file)
        for path in map(Path, LISTENS)
        for file in (sorted(path.rglob("*")) if path.is_dir() else [path])
        if file.is_file()
    ]
    # Friends and tags are files in the folder, or beside the file; what needs one that is not there is left out.
    beside = Path(LISTENS[0]) if Path(LISTENS[0]).is_dir() and len(LISTENS) == 1 else Path(LISTENS[0]).parent
    FRIENDS_FILE, TAGS_FILE = (
        [str(beside / name)] if (beside / name).is_file() else [] for name in ("friends.csv", "tags.csv")
    )
    for file in LISTEN_FILES + FRIENDS_FILE + TAGS_FILE:
        if set("{}<>\n") & set(file):
            refuse(f"listens: {file!r} has one of {{ }} < > or a line break in its name; rename it")
    LISTEN_FILES = [file for file in LISTEN_FILES if file not in FRIENDS_FILE + TAGS_FILE]
    known = ["scores", "listens"] + ["friends"] * bool(FRIENDS_FILE)
    known += ["side", "own_tags"] * bool(FRIENDS_FILE and TAGS_FILE)
    LEADERBOARD["tasks"] = [
        name
        for name in LEADERBOARD["tasks"]
        if not name.startswith("friends") or (FRIENDS_FILE and name == "friends_hetrec")
    ]
    for settings in (LEADERBOARD["liking"], LEADERBOARD["ranking"]):
        settings["leagues"] = [league for league in settings["leagues"] if league in known]
    if not (LEADERBOARD["tasks"] and LEADERBOARD["liking"]["leagues"] and LEADERBOARD["ranking"]["leagues"]):
        refuse(
            "listens may come without friends and tags; leaderboard.tasks must have liking or ranking,"
            " leaderboard.liking.leagues scores and leaderboard.ranking.leagues listens"
        )
for key in ("attention", "single_users", "whole_set"):
    for run in EXPLANATIONS[key]:
        task, model, split = run.split("/")
        own = REGION["published"]["models"] if split.startswith("published") else USER_NETWORKS
        if model not in USER_NETWORKS or model not in own:
            refuse(f"explanations.{key} names {run}, but there is no such network")
        if key == "attention" and USER_NETWORKS[model]["layer"] != "gat":
            refuse(f"explanations.{key} names {run}, which has no attention; name a gat")
if shared := set(LEADERBOARD["seeds"]) & set(LEADERBOARD["tuned_seeds"]):
    refuse(f"{sorted(shared)} stand under both leaderboard.seeds and tuned_seeds; leave out one")
for family in FAMILIES:
    for key in ("blends", "train_normaliser"):
        if family != "liking" and key in LEADERBOARD[family]:
            refuse(f"leaderboard.{family}.{key}: there is such a thing for liking alone")
    known = set(LEADERBOARD[family]["models"])
    blends = LEADERBOARD[family].get("blends", {})
    if shared := known & set(blends):
        refuse(f"{sorted(shared)} stand under both leaderboard.{family}.models and blends")
    if shared := set(LEADERBOARD[family]["ablations"]) & (known | set(blends)):
        refuse(f"{sorted(shared)} stand under leaderboard.{family}.ablations and under models or blends; rename one")
    named = {f"blends.{blend}": set(models) for blend, models in blends.items()}
    named["train_normaliser"] = set(LEADERBOARD[family].get("train_normaliser", [])) - set(blends)
    for key, models in named.items():
        for unknown in models - known:
            refuse(f"leaderboard.{family}.{key} names {unknown!r}, which is no model")
    for name, settings in LEADERBOARD[family]["ablations"].items():
        if settings["of"] not in known:
            refuse(f"leaderboard.{family}.ablations.{name} is of {settings['of']!r}, which is no model")
        for league in set(settings["leagues"]) - set(LEADERBOARD[family]["models"][settings["of"]]["leagues"]):
            refuse(
                f"leaderboard.{family}.ablations.{name}.leagues names {league!r}, in which {settings['of']} is not"
            )
MODEL_FILES = {
    **{
        f"liking.networks.{name}.variant": f"table1/models/{network['variant']}" for name, network in NETWORKS.items()
    },
    **{f"liking.baselines.{name}": f"liking/baselines/{name}" for name in BASELINES},
    **{f"region.models.{name}": f"asia/region_models/{name}" for name in REGION["models"]},
    **{f"artists.models.{name}": f"asia/artist_models/{name}" for name in ARTISTS["models"]},
    **{
        f"leaderboard.{family}.models.{name}": f"{folder}/{entry['file']}"
        for family, folder in FAMILIES.items()
        for name, entry in LEADERBOARD[family]["models"].items()
    },
}
for key, model in MODEL_FILES.items():
    if not Path(f"workflow/lastfm_gnn/{model}.py").is_file():
        refuse(f"{key} names no file: there is no workflow/lastfm_gnn/{model}.py")
