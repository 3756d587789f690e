# Parts. Required input: <results>/tables/hetrec/listens.parquet.
# Outputs: <results>/splits/{liking}/{published,strict}_<seed>/{train,valid,test,queries}.parquet; queries: the test pairs without their scores.


rule make_splits:
    """8:1:1, by pair (strict) or, as the authors' code, by directed edge (published, which leaks)."""
    input:
        code=code("make_splits.py"),
        listens="<results>/tables/hetrec/listens.parquet",
    output:
        train="<results>/splits/{liking}/{split}/train.parquet",
        valid="<results>/splits/{liking}/{split}/valid.parquet",
        test="<results>/splits/{liking}/{split}/test.parquet",
        queries="<results>/splits/{liking}/{split}/queries.parquet",
    log:
        "<logs>/make_splits/{liking}/{split}.log",
    benchmark:
        "<benchmarks>/make_splits/{liking}/{split}.tsv"
    wildcard_constraints:
        split=r"(published|strict)_\d+",
    conda:
        "../../envs/gnn.yaml"
    params:
        protocol=lambda wildcards: protocol_of(wildcards.split),
        seed=lambda wildcards: seed_of(wildcards.split),
        normaliser=lambda wildcards: "train" if wildcards.liking == "liking_train_normaliser" else "all",
        folder=subpath(output.train, parent=True),
    shell:
        "python workflow/scripts/make_splits.py"
        " --listens {input.listens:q}"
        " --protocol {params.protocol}"
        " --seed {params.seed}"
        " --normaliser {params.normaliser}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"
