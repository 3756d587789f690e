"""Time one training run of every network under either protocol, one after the other on one core.

Makes the graphs of the first seed if they are missing, trains with the config's settings into a temporary folder,
and prints seconds (of the whole process) and peak memory. With --whole, the whole pipeline first, from raw files
on two cores, into results/benchmark.

    python workflow/benchmark.py [--whole]
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import yaml


class Cost(NamedTuple):
    """Wall-clock and CPU seconds, and peak memory in MiB of the largest process."""

    wall: float
    cpu: float
    memory: float


def measure(command: list[str], **environment: str) -> Cost:
    """Of a command that must succeed."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, env=os.environ | environment, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)  # it has been waited for
        if process.returncode:
            output.seek(0)
            sys.exit(f"error: {' '.join(command)} failed:\n{output.read().decode()[-2000:]}")
    return Cost(time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--whole", action="store_true", help="time the whole pipeline from raw files, too")
    args = parser.parse_args()
    config = yaml.safe_load(Path("config/config.yaml").read_text())
    seed, training = config["seeds"][0], config["liking"]["training"]
    snakemake = [str(Path(sys.executable).with_name("snakemake")), "--cores", "2"]
    path = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}

    if args.whole:
        shutil.rmtree("results/benchmark", ignore_errors=True)
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as override:
            yaml.safe_dump({"pathvars": {"results": "results/benchmark"}}, override)
            override.flush()
            cost = measure([*snakemake, "--configfile", override.name, "--", "results/benchmark/table1.csv"], **path)
        print(f"whole pipeline, two cores: {cost.wall / 60:.1f} min", flush=True)
        made, again = Path("results/table1.csv"), Path("results/benchmark/table1.csv")
        if made.exists():
            same = made.read_bytes() == again.read_bytes()
            print(f"{again} is {'byte-identical to' if same else 'NOT THE SAME AS'} {made}", flush=True)

    splits = [f"{protocol}_{seed}" for protocol in ("published", "strict")]
    measure([*snakemake, *(f"results/graphs/liking/{split}/graph.npz" for split in splits)], **path)
    one_core = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    print(f"{'network':25s} {'split':13s} {'seconds':>8s} {'peak MiB':>9s}")
    for split in splits:
        for name, network in config["liking"]["networks"].items():
            if split.startswith("published") and "published_decay" not in network:
                continue
            with tempfile.TemporaryDirectory() as folder:
                options = {
                    "graph": f"results/graphs/liking/{split}/graph.npz",
                    "train": f"results/splits/liking/{split}/train.parquet",
                    "valid": f"results/splits/liking/{split}/valid.parquet",
                    "variant": network["variant"],
                    "input": network["input"],
                    "protocol": split.split("_")[0],
                    "seed": seed,
                    "decay": network.get("published_decay", 0.9),
                    "output-folder": folder,
                }
                options |= {key.replace("_", "-"): value for key, value in training.items()}
                command = [sys.executable, "workflow/scripts/table1/train_model.py"]
                command += [word for key, value in options.items() for word in (f"--{key}", str(value))]
                cost = measure(command, **one_core)
            print(f"{name:25s} {split:13s} {cost.wall:8.1f} {cost.memory:9.0f}", flush=True)


if __name__ == "__main__":
    main()
