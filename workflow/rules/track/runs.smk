# The mirror in MLflow. Required inputs: the files of all runs of a table. Outputs: <results>/mlflow/{table}.json, the
# receipt, beside the store, which is no output: Snakemake would delete it.


rule track_runs:
    """Send all runs of a table to MLflow, in one process."""
    input:
        code=code("track/track_runs.py"),
        files=tracked_files,
    output:
        "<results>/mlflow/{table}.json",
    log:
        "<logs>/track_runs/{table}.log",
    benchmark:
        "<benchmarks>/track_runs/{table}.tsv"
    wildcard_constraints:
        table="table1|cv_summary|leaderboard",
    localrule: True
    conda:
        "../../../envs/tracking.yaml"
    resources:
        **needs("track_runs"),
    params:
        runs=lambda wildcards, input: [Path(file).parent for file in input.files if Path(file).name == "run.json"],
        store=subpath(output[0], parent=True),
        failures=lambda wildcards: failures(wildcards.table),
    shell:
        "python workflow/scripts/track/track_runs.py"
        " --runs {params.runs:q}"
        " --store-folder {params.store:q}"
        " --failures {params.failures}"
        " --output {output:q}"
        " > {log:q} 2>&1"
