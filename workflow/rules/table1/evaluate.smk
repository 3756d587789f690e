# Test errors. Required inputs: the chosen trial of a model, the graph and the test part of its split: without
# the leak, the only rule that has one.
# Outputs: <results>/runs/table1/{model}/{split}/{predictions.parquet,metrics.json,figure.png}.


rule evaluate_model:
    """Exact errors over all test pairs, every prediction, and the run's figure."""
    input:
        code=lambda wildcards: code("table1/evaluate_model.py", model_file(wildcards.model)),
        run=chosen_run,
        graph=lambda wildcards: graph_of(wildcards.split),
        test=lambda wildcards: parts_of(wildcards.split, "test"),
    output:
        predictions="<results>/runs/table1/{model}/{split}/predictions.parquet",
        metrics="<results>/runs/table1/{model}/{split}/metrics.json",
        figure=report(
            "<results>/runs/table1/{model}/{split}/figure.png",
            category="Runs",
            subcategory="{model}",
            labels={"split": "{split}"},
            caption="../../report/run.rst",
        ),
    log:
        "<logs>/evaluate_model/{model}/{split}.log",
    benchmark:
        "<benchmarks>/evaluate_model/{model}/{split}.tsv"
    localrule: True
    conda:
        "../../../envs/gnn.yaml"
    threads: 1
    resources:
        **needs("evaluate_model"),
    params:
        run=lambda wildcards, input: Path(input.run[0]).parent,
        title=lambda wildcards: f"{wildcards.model}, {wildcards.split}",
        folder=subpath(output.metrics, parent=True),
    shell:
        "python workflow/scripts/table1/evaluate_model.py"
        " --run {params.run:q}"
        " --graph {input.graph:q}"
        " --test {input.test:q}"
        " --title {params.title:q}"
        " --threads {threads}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"
