# The mirror in MLflow. Required inputs: the files of a run and, where it is chosen, its evaluation.
# Outputs: mlflow.json, the receipt, in the run's folder. The store itself is no output: Snakemake would delete it.


rule track_run:
    """Send the files of one run to MLflow."""
    input:
        code=code("track/track_run.py"),
        run="<results>/runs/table1/{model}/{split}/trial_{trial}/run.json",
        curves="<results>/runs/table1/{model}/{split}/trial_{trial}/history.csv",
        metrics=lambda wildcards: evaluation(wildcards, "metrics.json"),
        artifacts=lambda wildcards: [
            *evaluation(wildcards, "figure.png"),
            *evaluation(wildcards, f"trial_{wildcards.trial}/model.pt"),
        ],
    output:
        "<results>/runs/table1/{model}/{split}/trial_{trial}/mlflow.json",
    log:
        "<logs>/track_run/table1/{model}/{split}/trial_{trial}.log",
    benchmark:
        "<benchmarks>/track_run/table1/{model}/{split}/trial_{trial}.tsv"
    localrule: True
    conda:
        "../../envs/tracking.yaml"
    params:
        experiment="Table 1: liking",
        split=lambda wildcards: wildcards.split,
        trial=lambda wildcards: wildcards.trial,
        optional=lambda wildcards, input: flags(metrics=input.metrics, artifacts=input.artifacts),
        store=f"{RESULTS}/mlflow",
    shell:
        "python workflow/scripts/track/track_run.py"
        " --experiment {params.experiment:q}"
        " --model {wildcards.model}"
        " --split {params.split}"
        " --trial {params.trial}"
        " --run {input.run:q}"
        " --curves {input.curves:q}"
        " {params.optional}"
        " --store-folder {params.store:q}"
        " --output {output:q}"
        " > {log:q} 2>&1"


use rule track_run as track_user_run with:
    input:
        code=code("track/track_run.py"),
        run="<results>/runs/{task}/{features}/{model}/{split}/run.json",
        curves=lambda wildcards: curves_of(wildcards),
        metrics="<results>/runs/{task}/{features}/{model}/{split}/metrics.json",
        artifacts="<results>/runs/{task}/{features}/{model}/{split}/figure.png",
    output:
        "<results>/runs/{task}/{features}/{model}/{split}/mlflow.json",
    log:
        "<logs>/track_run/{task}/{features}/{model}/{split}.log",
    benchmark:
        "<benchmarks>/track_run/{task}/{features}/{model}/{split}.tsv"
    wildcard_constraints:
        split=USER_SPLIT,
    params:
        experiment=lambda wildcards: f"LastFM Asia: {wildcards.task} ({wildcards.features} features)",
        split=lambda wildcards: wildcards.split,
        trial=0,
        optional=lambda wildcards, input: flags(metrics=input.metrics, artifacts=input.artifacts),
        store=f"{RESULTS}/mlflow",


use rule track_run as track_user_trial with:
    input:
        code=code("track/track_run.py"),
        run="<results>/runs/{task}/{features}/{model}/trial_{trial}/run.json",
        curves="<results>/runs/{task}/{features}/{model}/trial_{trial}/history.csv",
    output:
        "<results>/runs/{task}/{features}/{model}/trial_{trial}/mlflow.json",
    log:
        "<logs>/track_run/{task}/{features}/{model}/trial_{trial}.log",
    benchmark:
        "<benchmarks>/track_run/{task}/{features}/{model}/trial_{trial}.tsv"
    params:
        experiment=lambda wildcards: f"LastFM Asia: {wildcards.task} ({wildcards.features} features)",
        split="tuning",
        trial=lambda wildcards: wildcards.trial,
        optional="",
        store=f"{RESULTS}/mlflow",


use rule track_run as track_league with:
    # all seeds of a model at once: starting MLflow takes longer than a run
    input:
        code=code("track/track_run.py"),
        run=expand("<results>/runs/{{task}}/{{league}}/{{model}}/strict_{seed}/run.json", seed=LEAGUE_SEEDS),
        curves=lambda wildcards: league_curves(wildcards),
        metrics=expand("<results>/runs/{{task}}/{{league}}/{{model}}/strict_{seed}/metrics.json", seed=LEAGUE_SEEDS),
    output:
        expand("<results>/runs/{{task}}/{{league}}/{{model}}/strict_{seed}/mlflow.json", seed=LEAGUE_SEEDS),
    log:
        "<logs>/track_run/{task}/{league}/{model}.log",
    benchmark:
        "<benchmarks>/track_run/{task}/{league}/{model}.tsv"
    wildcard_constraints:
        task="|".join(LEADERBOARD["tasks"]),
    params:
        experiment=lambda wildcards: (f"Leaderboard: {wildcards.task}, {wildcards.league}"),
        split=[f"strict_{seed}" for seed in LEAGUE_SEEDS],
        trial=0,
        optional=lambda wildcards, input: flags(metrics=input.metrics),
        store=f"{RESULTS}/mlflow",
