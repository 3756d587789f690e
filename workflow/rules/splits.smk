# Parts. Required input: <results>/tables/hetrec/listens.parquet.
# Outputs: <results>/splits/liking/{published,strict}_<seed>/{train,valid,test}.parquet.


rule make_splits:
    """8:1:1, by pair (strict) or, as the authors' code, by directed edge (published, which leaks)."""
    input:
        code=code("make_splits.py"),
        listens="<results>/tables/hetrec/listens.parquet",
    output:
        train="<results>/splits/liking/{split}/train.parquet",
        valid="<results>/splits/liking/{split}/valid.parquet",
        test="<results>/splits/liking/{split}/test.parquet",
    log:
        "<logs>/make_splits/{split}.log",
    benchmark:
        "<benchmarks>/make_splits/{split}.tsv"
    conda:
        "../../envs/gnn.yaml"
    params:
        protocol=lambda wildcards: protocol_of(wildcards.split),
        seed=lambda wildcards: seed_of(wildcards.split),
        folder=subpath(output.train, parent=True),
    shell:
        "python workflow/scripts/make_splits.py"
        " --listens {input.listens:q}"
        " --protocol {params.protocol}"
        " --seed {params.seed}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"
