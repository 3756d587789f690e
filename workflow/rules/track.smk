# The mirror in MLflow. Required inputs: the files of a trial and, where it is the chosen one, its evaluation.
# Outputs: <results>/runs/liking/{model}/{split}/trial_{trial}/mlflow.json, the receipt. The store itself is
# no output: Snakemake would delete it.


rule track_run:
    """Send the files of one run to MLflow."""
    input:
        code=code("track_run.py"),
        run=expand(
            "<results>/runs/liking/{{model}}/{{split}}/trial_{{trial}}/{file}",
            file=["run.json", "history.csv", "model.pt"],
        ),
        evaluation=evaluation,
    output:
        "<results>/runs/liking/{model}/{split}/trial_{trial}/mlflow.json",
    log:
        "<logs>/track_run/{model}/{split}/trial_{trial}.log",
    benchmark:
        "<benchmarks>/track_run/{model}/{split}/trial_{trial}.tsv"
    localrule: True
    conda:
        "../../envs/tracking.yaml"
    params:
        experiment="liking" + (DATA_NOTE and f" ({DATA_NOTE} data)"),
        run=lambda wildcards, input: Path(input.run[0]).parent,
        evaluation=lambda wildcards, input: (
            f"--evaluation {Path(input.evaluation[0]).parent}" if input.evaluation else ""
        ),
        store=f"{RESULTS}/mlflow",
    shell:
        "python workflow/scripts/track_run.py"
        " --experiment {params.experiment:q}"
        " --model {wildcards.model}"
        " --split {wildcards.split}"
        " --trial {wildcards.trial}"
        " --run {params.run:q}"
        " {params.evaluation}"
        " --store-folder {params.store:q}"
        " --output {output:q}"
        " > {log:q} 2>&1"
