# The leaderboard. Required inputs: every run of its tasks, evaluated. Outputs: <results>/leaderboard.csv and the tables
# beside it and <results>/figures/leaderboard_<task>.png and .svg.


rule make_leaderboard:
    """Every model beside the best model of each other kind, with intervals and tests."""
    input:
        code=code("leaderboard/make_leaderboard.py"),
        metrics=[f"<results>/runs/{run}/metrics.json" for run in LEAGUE_RUNS],
        units=[unit_scores(run) for run in LEAGUE_RUNS],
        run=[f"<results>/runs/{run}/run.json" for run in LEAGUE_RUNS],
        receipts=receipts("leaderboard"),
    output:
        table=report(
            "<results>/leaderboard.csv",
            category="Results",
            labels={"table": "Leaderboard"},
            caption="../../report/leaderboard.rst",
        ),
        further=expand("<results>/{table}.csv", table=["comparisons", "winners", "activity", "ablations"]),
        figures=[
            report(
                f"<results>/figures/leaderboard_{task}.png",
                category="Results",
                labels={"table": f"Leaderboard: {task}, drawn"},
                caption="../../report/leaderboard.rst",
            )
            for task in LEADERBOARD["tasks"]
        ],
        vectors=expand("<results>/figures/leaderboard_{name}.svg", name=LEADERBOARD["tasks"]),
    log:
        "<logs>/make_leaderboard.log",
    benchmark:
        "<benchmarks>/make_leaderboard.tsv"
    localrule: True
    conda:
        "../../../envs/data.yaml"
    resources:
        **needs("make_leaderboard"),
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
        folder=subpath(output.table, parent=True),
    shell:
        "python workflow/scripts/leaderboard/make_leaderboard.py"
        " --runs {params.runs:q}"
        " --tuned-seeds {params.tuned}"
        " --kinds {params.kinds:q}"
        " --ablations {params.ablations:q}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"
