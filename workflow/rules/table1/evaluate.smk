# Test errors. Required inputs: the chosen trials of a model by one protocol, the graphs and the test parts of their
# splits: without the leak, the only rule that has one. All seeds are one job: nearly all of a job is imports.
# Outputs: <results>/runs/table1/{model}/{protocol}_<seed>/{predictions.parquet,metrics.json,figure.png}.


rule evaluate_model:
    """Exact errors over all test pairs, every prediction, and the figure of each run."""
    input:
        code=lambda wildcards: code("table1/evaluate_model.py", model_file(wildcards.model)),
        run=lambda wildcards: chosen_runs(wildcards, "run.json"),
        model=lambda wildcards: chosen_runs(wildcards, "model.pt"),
        history=lambda wildcards: chosen_runs(wildcards, "history.csv"),
        graph=lambda wildcards: [graph_of(split) for split in splits_by_seed(wildcards)],
        test=lambda wildcards: [parts_of(split, "test") for split in splits_by_seed(wildcards)],
    output:
        predictions=each_seed("predictions.parquet"),
        metrics=each_seed("metrics.json"),
        figure=[
            report(
                figure,
                category="Runs",
                subcategory="{model}",
                labels={"split": Path(figure).parent.name},
                caption="../../report/run.rst",
            )
            for figure in each_seed("figure.png")
        ],
    log:
        "<logs>/evaluate_model/{model}/{protocol}.log",
    benchmark:
        "<benchmarks>/evaluate_model/{model}/{protocol}.tsv"
    localrule: True
    conda:
        "../../../envs/gnn.yaml"
    threads: 1
    resources:
        **needs("evaluate_model"),
    params:
        run=lambda wildcards, input: [Path(path).parent for path in input.run],
        title=lambda wildcards: [f"{wildcards.model}, {split}" for split in splits_by_seed(wildcards)],
        folder=lambda wildcards, output: [Path(path).parent for path in output.metrics],
    shell:
        "python workflow/scripts/table1/evaluate_model.py"
        " --run {params.run:q}"
        " --graph {input.graph:q}"
        " --test {input.test:q}"
        " --title {params.title:q}"
        " --threads {threads}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"
