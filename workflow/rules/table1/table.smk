# Result tables. Required inputs: the files of every run. Outputs: <results>/table1.csv.


rule make_table1:
    """Table 1: printed, under the published protocol, without its leak, and as printed without the leak."""
    input:
        receipts("table1"),
        code=code("table1/make_table1.py"),
        metrics=[
            f"<results>/runs/table1/{model}/{split}/metrics.json"
            for model in [*NETWORKS, *BASELINES]
            for split in splits_of(model)
        ],
        # Snakemake takes a training's files away before it is made again. If that is killed, the evaluation is still
        # there and still right, and nothing else would ask for the training.
        runs=lambda wildcards: table1_files(),
    output:
        report(
            "<results>/table1.csv",
            category="Results",
            labels={"table": "Table 1"},
            caption="../../report/table1.rst",
        ),
    log:
        "<logs>/make_table1.log",
    benchmark:
        "<benchmarks>/make_table1.tsv"
    localrule: True
    conda:
        "../../../envs/data.yaml"
    resources:
        **needs("make_table1"),
    params:
        models=[*NETWORKS, *BASELINES],
        baselines=list(BASELINES),
        printed=json.dumps({model: network["paper"] for model, network in NETWORKS.items() if "paper" in network}),
    shell:
        "python workflow/scripts/table1/make_table1.py"
        " --models {params.models}"
        " --baselines {params.baselines}"
        " --printed {params.printed:q}"
        " --metrics {input.metrics:q}"
        " --output {output:q}"
        " > {log:q} 2>&1"
