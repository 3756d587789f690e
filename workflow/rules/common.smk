# What all rules share: wildcards, the code that a script runs, optional flags, kinds of models.
import json
from functools import lru_cache
from pathlib import Path
from shlex import join

from snakemake.io import sourcecache_entry

from lastfm_gnn.core.imports import imported


wildcard_constraints:
    liking="liking|liking_train_normaliser",
    friends="friends_hetrec|friends_asia",
    league="scores|side|listens|friends|own_tags|graph",
    seed=r"\d+",
    model=r"[a-z0-9_]+",
    split=r"(published|leak_free|user_to_artist|strict)_\d+",
    protocol="published|leak_free|user_to_artist|strict",
    trial=r"\d+",
    family="region|artists",
    task=r"region|artists_\d+",
    features="none|partial|full|generated",
    fold=r"fold_\d|single|\d",
    top=r"\d+",
    user=r"\d+",


@lru_cache
def code(script, *modules):
    """Paths of the script, of the library's modules that it imports by name (table1/models/attention), and of all that
    these import."""
    programs = [
        Path("workflow/scripts", script),
        *(Path("workflow/lastfm_gnn", f"{module}.py") for module in modules),
    ]
    files = [str(file.relative_to(Path.cwd())) for file in imported(programs, Path("workflow"))]
    # a part of the workflow, not of the data: it is not looked for in object storage
    return [sourcecache_entry(file, file) for file in files]


@lru_cache
def device_of(model):
    """Where the networks of a file of the library (table1/models/attention) are trained; cpu where it has none."""
    files = imported([Path("workflow/lastfm_gnn", f"{model}.py")], Path("workflow"))
    return config["device"] if any(file.match("core/device.py") for file in files) else "cpu"


def gpu(model):
    """What a job asks for beside memory and time: with device cuda one GPU, where the file that `model` names for the
    wildcards trains on it. With auto a job takes what it finds."""
    if config["device"] != "cuda":
        return {}
    # Kubernetes asks whose it is
    return {"gpu": lambda wildcards: int(device_of(model(wildcards)) == "cuda"), "gpu_manufacturer": "nvidia"}


def flags(**options):
    """Options of a shell command, quoted: --name and its value or values; of True, the name alone. What is empty, None or
    False is left out."""
    words = []
    for name, value in options.items():
        if value:
            words.append(f"--{name.replace('_', '-')}")
            words += [] if value is True else [value] if isinstance(value, (str, Path)) else value
    return join(map(str, words))


def identity(**names):
    """The option of a script that says which run it makes."""
    return flags(identity=json.dumps(names))


KINDS = ["baseline", "closed_form_graph", "second_stage", "graph_network"]


def kinds_of_blends(blends, kinds):
    """A blend is of the last kind of its parts: one with a graph network is held against those without."""
    return {name: max((kinds[part] for part in parts), key=KINDS.index) for name, parts in blends.items()}


def listens_read():
    """Lines for the end of a run that read one's own listens: of whom, how many, and what was left out."""
    if "count_listens" not in progress.names.values():
        return []
    log = Path(RESULTS, "logs/count_listens.log")
    *people, total = log.read_text().splitlines()
    more = [f"{len(people) - 10} more people: {log}"] if len(people) > 10 else []
    return [*people[:10], *more, total]
