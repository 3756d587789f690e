# Message graphs. Required inputs: <results>/splits/liking/{split}/*.parquet, the users and the artists.
# Outputs: <results>/graphs/liking/{split}/graph.npz.


# The parts whose pairs carry messages. The authors' graph has them all, test scores too: that is its leak.
MESSAGE_PARTS = {"strict": ["train"], "published": ["train", "valid", "test"]}


rule build_graph:
    """The undirected homogeneous graph of a split, with the liking score on its edges."""
    input:
        code=code("table1/build_graph.py"),
        users="<tables>/users.parquet",
        artists="<tables>/artists.parquet",
        pairs=lambda wildcards: expand(
            "<results>/splits/liking/{split}/{part}.parquet",
            split=wildcards.split,
            part=MESSAGE_PARTS[protocol_of(wildcards.split)],
        ),
    output:
        "<results>/graphs/liking/{split}/graph.npz",
    log:
        "<logs>/build_graph/{split}.log",
    benchmark:
        "<benchmarks>/build_graph/{split}.tsv"
    wildcard_constraints:
        split=r"(published|strict)_\d+",
    localrule: True
    conda:
        "../../../envs/gnn.yaml"
    resources:
        **needs("build_graph"),
    shell:
        "python workflow/scripts/table1/build_graph.py"
        " --users {input.users:q}"
        " --artists {input.artists:q}"
        " --pairs {input.pairs:q}"
        " --output {output:q}"
        " > {log:q} 2>&1"
