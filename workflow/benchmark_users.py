"""Time one fold of every model that reads lists at the official size: 7,624 users, 7,842 artists, 3 million likes.

The lists are made up (config/generated_features.yaml); each model runs alone on two cores. Prints seconds and peak
memory, as Snakemake measures them. Networks: one trial, or the published fold 0.

    python workflow/benchmark_users.py
"""

import csv
import os
import subprocess
import sys
from pathlib import Path

import yaml

FOLDER = Path("results/generated_features")


def main() -> None:
    config = yaml.safe_load(Path("config/config.yaml").read_text())
    region, artists, networks = config["region"], config["artists"], config["user_networks"]
    runs = {
        "region/generated": [
            *(f"{model}/published_0" for model in region["published"]["models"]),
            *(f"{model}/trial_0" for model in networks),
            *(f"{model}/strict_0" for model, settings in region["models"].items() if settings["lists"] != "unused"),
        ],
        "artists_7842/generated": [
            *(f"{model}/published_0" for model in artists["tasks"]["artists_7842"]["published"]["models"]),
            *(f"{model}/trial_0" for model in networks),
            *(f"{model}/strict_0" for model in artists["models"]),
        ],
    }
    names = [f"{task}/{run}" for task, of_task in runs.items() for run in of_task]
    rules = ("train_user_network", "keep_network", "tune_user_network", "rank_artists", "classify_users")
    snakemake = str(Path(sys.executable).with_name("snakemake"))
    command = [snakemake, "--cores", "2", "--configfile", "config/generated_features.yaml", "--set-threads"]
    command += [f"{rule}=2" for rule in rules]
    command += ["--", *(f"{FOLDER}/runs/{name}/run.json" for name in names)]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        command, env=os.environ | {"PATH": path}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode:
        sys.exit(f"error: {' '.join(command)} failed:\n{done.stdout.decode()[-2000:]}")

    print("generated lists, one fold on two cores")
    print(f"{'run':45s} {'seconds':>8s} {'peak MiB':>9s}")
    for name in names:
        task, features, model, split = name.split("/")
        number = split.split("_")[1]
        if split.startswith("trial"):
            places = [f"tune_user_network/{task}/{features}/{model}/{number}"]
        else:
            places = [f"{rule}/{task}/{features}/{model}/{split}" for rule in ("keep_network", "train_user_network")]
            places += [f"{rule}/{features}/{model}/{number}" for rule in ("rank_artists", "classify_users")]
        benchmarks = [path for path in (FOLDER / "benchmarks" / f"{place}.tsv" for place in places) if path.exists()]
        with benchmarks[0].open(newline="") as file:
            (row,) = csv.DictReader(file, delimiter="\t")
        print(f"{name:45s} {float(row['s']):8.1f} {float(row['max_rss']):9.0f}")


if __name__ == "__main__":
    main()
