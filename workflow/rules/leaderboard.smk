# The leaderboard. Required inputs: every run of its tasks, evaluated. Outputs: <results>/leaderboard.csv and the tables
# beside it, <results>/figures/leaderboard_<task>.png and the runs' mlflow.json.


use rule track_run as track_league with:
    # all seeds of a model at once: starting MLflow takes longer than a run
    input:
        code=code("track_run.py"),
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
        experiment=lambda wildcards: (
            f"Leaderboard: {wildcards.task}, {wildcards.league}" + (DATA_NOTE and f" ({DATA_NOTE} data)")
        ),
        split=[f"strict_{seed}" for seed in LEAGUE_SEEDS],
        trial=0,
        metrics=lambda wildcards, input: f"--metrics {input.metrics}",
        artifacts="",
        store=f"{RESULTS}/mlflow",


rule make_leaderboard:
    """Every model beside the best model of each other kind, with intervals and tests."""
    input:
        code=code("make_leaderboard.py"),
        metrics=[f"<results>/runs/{run}/metrics.json" for run in LEAGUE_RUNS],
        units=[unit_scores(run) for run in LEAGUE_RUNS],
        run=[f"<results>/runs/{run}/run.json" for run in LEAGUE_RUNS],
        receipts=[f"<results>/runs/{run}/mlflow.json" for run in LEAGUE_RUNS if config["tracking"]],
    output:
        table=report(
            "<results>/leaderboard.csv",
            category="Results",
            labels={"table": "Leaderboard"},
            caption="../report/leaderboard.rst",
        ),
        further=expand("<results>/{table}.csv", table=["comparisons", "winners", "activity", "ablations"]),
        figures=[
            report(
                f"<results>/figures/leaderboard_{task}.png",
                category="Results",
                labels={"table": f"Leaderboard: {task}, drawn"},
                caption="../report/leaderboard.rst",
            )
            for task in LEADERBOARD["tasks"]
        ],
    log:
        "<logs>/make_leaderboard.log",
    benchmark:
        "<benchmarks>/make_leaderboard.tsv"
    conda:
        "../../envs/data.yaml"
    params:
        runs=lambda wildcards, input: [Path(path).parent for path in input.metrics],
        kinds=json.dumps({family: kinds(family) for family in FAMILIES}),
        ablations=json.dumps(
            {
                family: {name: settings["of"] for name, settings in LEADERBOARD[family]["ablations"].items()}
                for family in FAMILIES
            }
        ),
        tuned=LEADERBOARD["tuned_seeds"],
        data=DATA_NOTE and f"--data {DATA_NOTE}",
        folder=subpath(output.table, parent=True),
    shell:
        "python workflow/scripts/make_leaderboard.py"
        " --runs {params.runs}"
        " --tuned-seeds {params.tuned}"
        " --kinds {params.kinds:q}"
        " --ablations {params.ablations:q}"
        " {params.data}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"
